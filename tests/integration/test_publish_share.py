"""The share pack of a real release: nothing small, nothing personal, nothing on refusal."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from data_quality.cohorts import cohort_entries
from etl import release
from etl.cli import run
from etl.errors import SndsOmopError
from etl.publish.memory import read_memory
from etl.publish.share import Shared, publish_share
from etl.release import audit_log
from etl.settings import Settings
from etl.workspace import Workspace
from tests.small_candidate import build_candidate, released

COUNT_COLUMNS = {"count_value", "persons", "records", "rows"}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return released(tmp_path / "workspace")


def share(workspace: Workspace, output: Path, **options: Any) -> Shared:
    return publish_share(
        workspace,
        release.find(workspace, "current"),
        output,
        Settings(),
        cohort_entries=cohort_entries,
        **options,
    )


def counts_of(pack: Path) -> dict[tuple[str, ...], int]:
    """Every count of every table of a pack, by file and the row's other cells."""
    found: dict[tuple[str, ...], int] = {}
    for path in sorted(pack.rglob("*.csv")):
        with path.open(encoding="utf-8", newline="") as handle:
            for row in csv.DictReader(handle):
                for column in COUNT_COLUMNS & row.keys():
                    if row[column]:
                        keys = [v for name, v in row.items() if name in KEYS]
                        found[path.name, column, *keys] = int(row[column])
    return found


KEYS = {
    *("analysis_id", "stratum_1", "stratum_2", "stratum_3", "table", "cohort", "sequence"),
    *("domain", "source_vocabulary", "method"),
}


def test_no_small_count_anywhere(workspace: Workspace, tmp_path: Path) -> None:
    shared = share(workspace, tmp_path / "pack")
    counts = counts_of(tmp_path / "pack")
    assert len(counts) >= shared.rows > 200
    assert not {*counts.values()} & {*range(1, 11)}
    report = json.loads((tmp_path / "pack" / "suppression_report.json").read_text())
    numbers = re.findall(r": (\d+)", json.dumps(report["families"]))
    assert not {int(number) for number in numbers} & {*range(1, 11)}
    assert shared.report["population"]["primary"] > 0


def test_extremes_of_distributions_are_masked(workspace: Workspace, tmp_path: Path) -> None:
    share(workspace, tmp_path / "pack")
    with (tmp_path / "pack" / "achilles_results_dist.csv").open() as handle:
        rows = list(csv.DictReader(handle))
    assert rows
    assert {row["min_value"] for row in rows} | {row["max_value"] for row in rows} == {""}
    assert any(row["median_value"] for row in rows)


def test_export_formats(workspace: Workspace, tmp_path: Path) -> None:
    share(workspace, tmp_path / "pack")
    for name in ("catalogue_results.csv", "dashboard_export.csv"):
        with (tmp_path / "pack" / name).open() as handle:
            rows = list(csv.DictReader(handle))
        assert list(rows[0])[:7] == [
            "analysis_id",
            *(f"stratum_{number}" for number in range(1, 6)),
            "count_value",
        ]
        by_id = {row["analysis_id"]: row for row in rows}
        assert by_id["1"]["count_value"] == "200"
        assert by_id["5000"]["stratum_1"] == "Synthetic SNDS"


def test_pathways_are_drawn_without_script_or_network(workspace: Workspace, tmp_path: Path) -> None:
    share(workspace, tmp_path / "pack")
    picture = (tmp_path / "pack" / "pathways_diabetes_type_2.svg").read_text()
    assert "metformin" in picture
    assert "<script" not in picture
    assert picture.count("http") == 1  # the namespace


def test_refusal_leaves_nothing_and_remembers_nothing(workspace: Workspace, tmp_path: Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("region,persons\n11,7\n")
    with pytest.raises(SndsOmopError) as caught:
        share(workspace, tmp_path / "pack", additions=[mine])
    assert (caught.value.code, caught.value.exit_code) == ("SO-501", 5)
    assert "added/mine.csv: column persons holds a small count" in caught.value.detail
    assert not list(tmp_path.glob("pack*"))
    assert not read_memory(workspace)


def test_a_clean_addition_goes_along(workspace: Workspace, tmp_path: Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("region,persons\n11,70\n")
    share(workspace, tmp_path / "pack", additions=[mine])
    assert (tmp_path / "pack" / "added" / "mine.csv").read_text() == mine.read_text()


def test_two_packs_differ_by_no_small_count(workspace: Workspace, tmp_path: Path) -> None:
    build_candidate(workspace, persons=112)
    release.create(workspace, Settings())
    share(workspace, tmp_path / "one")
    build_candidate(workspace, persons=118)
    release.create(workspace, Settings())
    shared = share(workspace, tmp_path / "two")
    one, two = counts_of(tmp_path / "one"), counts_of(tmp_path / "two")
    common = one.keys() & two.keys()
    assert len(common) > 150
    assert not {abs(two[key] - one[key]) for key in common} & {*range(1, 11)}
    assert sum(kinds["held"] for kinds in shared.report.values()) > 0


def test_same_release_gives_the_same_pack(workspace: Workspace, tmp_path: Path) -> None:
    share(workspace, tmp_path / "one")
    share(workspace, tmp_path / "two")
    files = {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir()}
    assert files == {path.name: path.read_bytes() for path in (tmp_path / "two").iterdir()}


def test_what_left_is_logged(workspace: Workspace, tmp_path: Path) -> None:
    shared = share(workspace, tmp_path / "pack")
    entry = json.loads(audit_log.audit_log(workspace).read_text().splitlines()[-1])
    assert (entry["command"], entry["rows_out"]) == ("publish share", shared.rows)


def test_command_line(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verb = ["--workspace", str(workspace.root), "--json", "publish", "share"]
    assert run([*verb, "--output", str(tmp_path / "pack")]) == 0
    mine = tmp_path / "mine.csv"
    mine.write_text("commune,persons\n75056,70\n")
    capsys.readouterr()
    assert run([*verb, "--output", str(tmp_path / "other"), "--add", str(mine)]) == 5
    assert json.loads(capsys.readouterr().out)["error"] == "SO-501"
