"""No pseudonym of the delivery and no socket: not in a log, a report, a manifest or a pack."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from etl.publish.guard import PSEUDONYM
from tests.small_candidate import released

TEXTS = {".json", ".jsonl", ".html", ".csv", ".svg", ".ttl", ".jsonld", ".log", ".txt", ".toml"}
ANSWERS = Path(__file__).parents[1] / "unit" / "publish" / "steward.toml"

# Runs the command line with every way to the network closed, and reports any that is tried.
OFFLINE = """
import sys
def closed(event, arguments):
    if event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto"):
        print("NETWORK " + event, file=sys.stderr)
        raise OSError("closed")
sys.addaudithook(closed)
from etl.cli import main
main(sys.argv[1:])
"""


def offline(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", OFFLINE, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_command_opens_a_socket(tmp_path: Path) -> None:
    workspace = released(tmp_path / "workspace").root
    for verb in (
        ("release",),
        ("release", "list"),
        ("release", "verify"),
        ("release", "diff", "current", "current"),
        ("publish", "parquet", "--output", tmp_path / "parquet"),
        ("publish", "share", "--output", tmp_path / "pack"),
        ("publish", "metadata", "--answers", ANSWERS),
    ):
        done = offline("--workspace", workspace, *verb)
        assert done.returncode == 0, (verb, done.stderr)
        assert "NETWORK" not in done.stderr, verb


@pytest.mark.slow
def test_no_other_command_opens_one_either(
    demo_workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`run` and `demo` are watched in test_run; these are the verbs they do not call."""
    monkeypatch.chdir(tmp_path)
    for verb in (
        ("init",),
        ("doctor",),
        ("synth", "--output", tmp_path / "delivery", "--persons", "5"),
        ("report",),
        ("explain", "person", "1"),
        ("vocab", "check"),
        ("vocab", "coverage"),
    ):
        done = offline("--workspace", demo_workspace, *verb)
        assert done.returncode == 0, (verb, done.stderr)
        assert "NETWORK" not in done.stderr, verb


def test_publish_postgres_is_the_one_that_does(tmp_path: Path) -> None:
    workspace = released(tmp_path / "workspace").root
    url = "postgresql://user@127.0.0.1:1/none"
    done = offline("--workspace", workspace, "publish", "postgres", "--url", url)
    assert done.returncode == 2
    assert "SO-115" in done.stderr


def pseudonyms_of(workspace: Path) -> set[str]:
    """Every person and professional number of the delivery that is long enough to be one."""
    found: set[str] = set()
    for path in (workspace / "demo-delivery").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as handle:
            rows = csv.DictReader(handle, delimiter=";")
            for row in rows:
                for name in ("BEN_NIR_PSA", "BEN_IDT_ANO", "NUM_ENQ", "NIR_ANO_17"):
                    if len(row.get(name) or "") >= 13:
                        found.add(row[name])
    return found


@pytest.mark.slow
def test_no_pseudonym_leaves_the_closed_rooms(demo_workspace: Path, tmp_path: Path) -> None:
    """All that a demo writes outside lake, state, quarantine and the database."""
    for verb in (
        ("release", "diff", "current", "current", "--output", tmp_path / "diff"),
        ("publish", "share", "--output", tmp_path / "pack"),
        ("publish", "metadata", "--answers", ANSWERS, "--output", tmp_path / "metadata"),
    ):
        done = offline("--workspace", demo_workspace, *verb)
        assert done.returncode == 0, done.stderr
    pseudonyms = pseudonyms_of(demo_workspace)
    assert len(pseudonyms) > 100
    folders = [demo_workspace / name for name in ("quality", "releases", "build/logs")]
    files = [
        path
        for folder in [*folders, tmp_path]
        for path in folder.rglob("*")
        if path.is_file() and path.suffix in TEXTS
    ]
    assert len(files) > 40
    known = re.compile("|".join(sorted(pseudonyms)))
    for path in files:
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not known.search(text), path
        if path.is_relative_to(tmp_path):
            assert not PSEUDONYM.search(text), path


@pytest.mark.slow
def test_no_commune_leaves_in_the_pack(demo_workspace: Path, tmp_path: Path) -> None:
    done = offline("--workspace", demo_workspace, "publish", "share", "--output", tmp_path / "pack")
    assert done.returncode == 0, done.stderr
    with (demo_workspace / "demo-answers" / "persons.csv").open(encoding="utf-8") as handle:
        communes = {row["commune"] for row in csv.DictReader(handle, delimiter=";")}
    concepts = communes & concept_codes(tmp_path / "pack")
    for path in (tmp_path / "pack").rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as handle:
            for row in csv.reader(handle):
                assert not communes.difference(concepts).intersection(row), path
    json.loads((tmp_path / "pack" / "release.json").read_text())


def concept_codes(pack: Path) -> set[str]:
    """Concept ids of five digits look like communes; they stand in the Achilles strata."""
    with (pack / "achilles_results.csv").open(encoding="utf-8", newline="") as handle:
        return {
            cell
            for row in csv.DictReader(handle)
            for cell in (row["stratum_1"], row["stratum_2"], row["count_value"])
        }
