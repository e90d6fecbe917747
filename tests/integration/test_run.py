"""The whole road, as a user walks it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from etl.contracts.cdm import cdm_tables

FILLED = {
    "person", "observation_period", "visit_occurrence", "visit_detail", "condition_occurrence",
    "drug_exposure", "procedure_occurrence", "measurement", "death", "location", "care_site",
    "provider", "cdm_source", "concept", "vocabulary", "concept_relationship",
}  # fmt: skip


@pytest.fixture(scope="module")
def release(demo_workspace: Path) -> duckdb.DuckDBPyConnection:
    database = demo_workspace / "releases" / "current" / "omop.duckdb"
    return duckdb.connect(str(database), read_only=True)


def test_release_holds_the_39_tables_and_fills_those_it_promises(
    release: duckdb.DuckDBPyConnection,
) -> None:
    found = {
        name
        for (name,) in release.execute(
            "select table_name from information_schema.tables where table_schema = 'cdm'"
        ).fetchall()
    }
    assert found == set(cdm_tables())
    for table in FILLED:
        assert release.execute(f"select count(*) from cdm.{table}").fetchone() > (0,), table


def test_ledger_balances(release: duckdb.DuckDBPyConnection) -> None:
    rows, residual, read = release.execute(
        "select count(*), sum(residual), sum(n_read) from audit.balance"
    ).fetchone() or (0, 0, 0)
    assert rows > 50
    assert residual == 0
    assert read > 10_000
    dispositions = {
        row[0] for row in release.execute("select disposition from audit.ledger").fetchall()
    }
    assert {"event", "merged", "cancelled", "excluded", "context", "superseded"} <= dispositions


def test_every_cdm_row_leads_to_a_staged_row(
    demo_workspace: Path, release: duckdb.DuckDBPyConnection, command: Any
) -> None:
    for table, key in (
        ("drug_exposure", "drug_exposure_id"),
        ("condition_occurrence", "condition_occurrence_id"),
        ("visit_detail", "visit_detail_id"),
        ("provider", "provider_id"),
        ("person", "person_id"),
        ("death", "person_id"),
    ):
        cdm_id = release.execute(f"select max({key}) from cdm.{table}").fetchone()[0]
        code, answer, errors = command("--workspace", demo_workspace, "explain", table, cdm_id)
        assert code == 0, errors
        assert answer["source"]["disposition"] in {"event", "merged", "context"}
        assert any(row["table"] == table and row[key] == cdm_id for row in answer["cdm_rows"]), (
            table
        )
        back = command(
            "--workspace", demo_workspace, "explain", "--source",
            answer["source"]["source_table"], answer["source"]["file"], answer["source"]["line"],
        )  # fmt: skip
        assert back[1]["source"]["row_id"] == answer["source"]["row_id"]


def test_a_made_up_person_is_drawn_on_one_page(demo_workspace: Path, command: Any) -> None:
    for lang, word in (("en", "Visits"), ("fr", "Venues")):
        code, answer, errors = command(
            "--workspace", demo_workspace, "--lang", lang, "explain", "person", 1
        )
        assert code == 0, errors
        page = Path(answer["page"])
        text = page.read_text(encoding="utf-8")
        assert f">{word}</text>" in text
        assert "<rect" in text
        assert "http" not in text
        assert page.stat().st_mode & 0o077 == 0


def test_a_real_person_is_drawn_only_when_the_setting_allows_it(
    demo_workspace: Path, tmp_path: Path, command: Any
) -> None:
    """Files staged from elsewhere are not known to be made up."""
    workspace = tmp_path / "w"
    shutil.copytree(demo_workspace / "build", workspace / "build")
    shutil.copytree(demo_workspace / "lake", workspace / "lake")
    (workspace / "state").mkdir()
    delivery = (demo_workspace / "state" / "delivery.json").read_text(encoding="utf-8")
    elsewhere = delivery.replace(str(demo_workspace / "demo-delivery"), str(tmp_path / "real"))
    (workspace / "state" / "delivery.json").write_text(elsewhere, encoding="utf-8")

    code, answer, _ = command("--workspace", workspace, "explain", "person", 1)
    assert (code, answer["error"]) == (5, "SO-502")
    assert not (workspace / "timelines").exists()

    code, answer, errors = command("--workspace", workspace, "explain", "person", 1, "--no-page")
    assert (code, "page" in answer) == (0, False), errors

    allowed = {**os.environ, "SNDS_OMOP_PRIVACY__PERSON_PAGES": "true"}
    code, answer, errors = command("--workspace", workspace, "explain", "person", 1, env=allowed)
    assert code == 0, errors
    assert "must not leave the closed zone" in Path(answer["page"]).read_text(encoding="utf-8")


def test_unknown_row_is_a_coded_error(demo_workspace: Path, command: Any) -> None:
    code, answer, _ = command("--workspace", demo_workspace, "explain", "person", "999999999")
    assert (code, answer["error"]) == (2, "SO-108")


def test_a_line_beyond_its_file_is_not_that_of_the_next(demo_workspace: Path, command: Any) -> None:
    """Row ids of two files stand 2^28 apart: so many lines on, one would fall into the other."""
    name = "ER_PRS_F_2019.csv"
    for line in (0, 2**28 + 10):
        code, answer, errors = command(
            "--workspace", demo_workspace, "explain", "--source", "ER_PRS_F", name, str(line)
        )
        assert (code, answer["error"]) == (2, "SO-108"), errors
        assert f"[{name}:{line}]" in answer["message"]


def test_running_again_does_nothing_twice(demo_workspace: Path, command: Any) -> None:
    code, answer, errors = command(
        "--workspace", demo_workspace, "run", "--input", demo_workspace / "demo-delivery"
    )
    assert code == 0, errors
    assert set(answer["stage"]["files"]) == {"unchanged", "not data"}
    assert answer["stage"]["not_data"] == [".synthetic.sha256"]
    assert answer["build"]["up_to_date"]
    assert answer["release"]["new"] is False


def test_two_builds_give_the_same_tables(
    demo_workspace: Path, tmp_path: Path, command: Any
) -> None:
    """Another workspace, another number of threads: same content, so the same release id."""
    code, answer, errors = command(
        "--workspace", tmp_path / "w", "run", "--input", demo_workspace / "demo-delivery",
        env={**os.environ, "SNDS_OMOP_ENGINE__THREADS": "1"},
    )  # fmt: skip
    assert code == 0, errors
    current = (demo_workspace / "releases" / "current").resolve().name
    assert answer["release"]["id"] == current


def test_no_socket_is_opened(demo_workspace: Path, tmp_path: Path) -> None:
    """Any attempt to reach a network ends the command."""
    import subprocess

    guard = tmp_path / "sitecustomize.py"
    guard.write_text(
        "import socket\n"
        "def refuse(*a, **k):\n"
        "    raise SystemExit('a socket was opened')\n"
        "socket.socket.connect = refuse\n"
        "socket.socket.connect_ex = refuse\n"
        "socket.getaddrinfo = refuse\n"
    )
    delivery = demo_workspace / "demo-delivery"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "etl",
            "--workspace",
            str(tmp_path / "w"),
            "run",
            "--input",
            str(delivery),
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert "socket" not in done.stderr


def test_published_synthetic_snds_goes_through(
    published_snds: Path, tmp_path: Path, command: Any
) -> None:
    """Random values, three date styles, duplicate keys: every file named, the ledger balanced."""
    code, answer, errors = command(
        "--workspace", tmp_path / "w", "run", "--input", published_snds, "--year", "2019"
    )
    assert code in (0, 3), errors
    delivered = {path.name for path in published_snds.rglob("*.csv")}
    unused = [*answer["stage"]["set_aside"], *answer["stage"]["not_data"]]
    ignored = {Path(name).name for name in unused}
    staged = answer["stage"]["files"]["staged"]
    assert len(delivered) == 191
    assert staged + len(ignored & delivered) == len(delivered)
    connection = duckdb.connect(str(tmp_path / "w" / "build" / "candidate.duckdb"), read_only=True)
    assert connection.execute("select sum(residual) from audit.balance").fetchone() == (0,)
    # rules exclude most of it: a newcomer must not take that for a release like another
    assert f"Rules excluded {answer['validate']['rows']['excluded']} of " in errors


def test_build_without_a_lake_or_a_vocabulary_names_what_lacks(
    tmp_path: Path, command: Any
) -> None:
    code, answer, _ = command("--workspace", tmp_path / "w", "build")
    assert (code, answer["error"]) == (2, "SO-104")


def test_nothing_changed_means_nothing_done(
    demo_workspace: Path, tmp_path: Path, command: Any
) -> None:
    """`run`, then `run` and `build` on the same files; then one file more; one model alone."""
    workspace = tmp_path / "w"
    shutil.copytree(demo_workspace, workspace, symlinks=True)
    delivery = demo_workspace / "demo-delivery"
    arguments = ("--workspace", workspace, "run", "--input", delivery)
    code, first, errors = command(*arguments)
    assert code == 0, errors
    assert "up_to_date" not in first
    before = _times(workspace)
    used = os.times()
    code, second, errors = command(*arguments)
    assert (code, second.get("up_to_date")) == (0, True), errors
    assert second["release"] == {**first["release"], "new": False}
    code, built, errors = command("--workspace", workspace, "build")
    assert (code, built["up_to_date"], built["nodes"]) == (0, True, 0), errors
    spent = os.times().children_user - used.children_user
    assert spent < 2 * 2.0, "CPU-seconds of both"
    assert _times(workspace) == before

    code, one, errors = command("--workspace", workspace, "build", "--select", "provider")
    assert (code, one["models"]) == (0, ["provider"]), errors
    code, none, _ = command("--workspace", workspace, "build", "--select", "no_such_model")
    assert (code, none["error"]) == (2, "SO-129")
    code, third, errors = command(*arguments)
    assert code == 0, errors
    assert "up_to_date" not in third, "a selection was built: the candidate is built whole again"


def _times(workspace: Path) -> dict[str, int]:
    """When each file of lake, build, quality and releases was written."""
    return {
        str(path): path.stat().st_mtime_ns
        for folder in ("lake", "build", "quality", "releases")
        for path in (workspace / folder).rglob("*")
        if path.is_file()
    }
