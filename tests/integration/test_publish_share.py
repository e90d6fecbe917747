"""The share pack of a real release: nothing small, nothing personal, nothing on refusal."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from data_quality.cohorts import cohort_entries
from etl import release
from etl.cli import execute
from etl.errors import SndsOmopError
from etl.publish.memory import read_memory
from etl.publish.share import Shared, publish_share
from etl.release import audit_log
from etl.settings import Settings
from etl.workspace import Workspace
from tests.small_candidate import accept, build_candidate, released

COUNT_COLUMNS = {
    *("count_value", "persons", "records", "rows", "count_records", "codes", "n"),
    *("concepts_n", "codes_n", "records_without_quantity", "records_without_days"),
}


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
    *("domain", "source_vocabulary", "method", "month", "concept_id", "field", "source_code"),
    *("weekday", "day", "year", "type_concept_id", "mapped", "vocabulary", "standard", "what"),
    *("concept_class", "ingredient", "first_month", "last_month"),
}


def test_no_small_count_anywhere(workspace: Workspace, tmp_path: Path) -> None:
    shared = share(workspace, tmp_path / "pack")
    counts = counts_of(tmp_path / "pack")
    assert len(counts) >= shared.rows > 200
    assert not {*counts.values()} & {*range(1, 11)}
    assert "records_by_weekday.csv" in {key[0] for key in counts}
    report = json.loads((tmp_path / "pack" / "suppression_report.json").read_text())
    numbers = re.findall(r": (\d+)", json.dumps(report["families"]))
    assert not {int(number) for number in numbers} & {*range(1, 11)}
    assert shared.report["population"]["primary"] > 0


# Numbers of JSON files that count no person and no record: shares, thresholds, verdicts, settings.
NO_COUNTS = {
    *("passed", "failed", "notApplicable", "isError", "pctViolatedRows", "thresholdValue"),
    *("STRATUM_1", "value", "rounded_up_to"),
}


def test_no_small_number_in_any_other_file(workspace: Workspace, tmp_path: Path) -> None:
    """Every file of the pack is of a form that is read here."""
    share(workspace, tmp_path / "pack")
    others = [path for path in (tmp_path / "pack").rglob("*.*") if path.suffix != ".csv"]
    assert {path.suffix for path in others} == {".html", ".json", ".svg"}
    for path in others:
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".json":
            assert not {*re.findall(r">\s*(\d+)\s*<", text)} & {str(n) for n in range(1, 11)}, path
        else:
            found = small_numbers(json.loads(text), "")
            # a share or a position may be 1; a count of something is never below 11
            assert found <= NO_COUNTS, (path, found)


def small_numbers(node: Any, name: str) -> set[str]:
    """Names of whatever is a number from 1 to 10."""
    if isinstance(node, dict):
        names = {key: name if name == "value" else key for key in node}
        return {one for key, value in node.items() for one in small_numbers(value, names[key])}
    if isinstance(node, list):
        return {found for value in node for found in small_numbers(value, name)}
    is_number = isinstance(node, (int, float)) and not isinstance(node, bool)
    return {name} if is_number and node in range(1, 11) else set()


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


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_page_of_pathways_has_the_numbers_of_its_table(
    workspace: Workspace, tmp_path: Path, lang: str
) -> None:
    share(workspace, tmp_path / "pack")
    pack, page = tmp_path / "pack", tmp_path / "pack" / f"pathways_{lang}.html"
    expected: list[int] = []
    for table in ("cohorts.csv", "pathways.csv"):
        with (pack / table).open(encoding="utf-8", newline="") as handle:
            expected += [int(row["persons"]) for row in csv.DictReader(handle)]
    numbers = re.findall(r">\s*([\d,\u202f]+)\s*<", page.read_text(encoding="utf-8"))
    assert sorted(int(re.sub(r"\D", "", n)) for n in numbers) == sorted(expected)
    assert len(expected) > 2


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


def bytes_of(pack: Path) -> dict[str, bytes]:
    files = (path for path in pack.rglob("*") if path.is_file())
    return {path.relative_to(pack).as_posix(): path.read_bytes() for path in files}


def test_same_release_gives_the_same_pack(workspace: Workspace, tmp_path: Path) -> None:
    share(workspace, tmp_path / "one")
    share(workspace, tmp_path / "two")
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")


def test_what_left_is_logged(workspace: Workspace, tmp_path: Path) -> None:
    shared = share(workspace, tmp_path / "pack")
    entry = json.loads(audit_log.audit_log(workspace).read_text().splitlines()[-1])
    assert (entry["command"], entry["rows_out"]) == ("publish share", shared.rows)


def test_command_line(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verb = ["--workspace", str(workspace.root), "--json", "publish", "share"]
    assert execute([*verb, "--output", str(tmp_path / "pack")]) == 0
    mine = tmp_path / "mine.csv"
    mine.write_text("commune,persons\n75056,70\n")
    capsys.readouterr()
    assert execute([*verb, "--output", str(tmp_path / "other"), "--add", str(mine)]) == 5
    assert json.loads(capsys.readouterr().out)["error"] == "SO-501"


def test_network_readiness_and_label(workspace: Workspace, tmp_path: Path) -> None:
    share(workspace, tmp_path / "pack")
    readiness = json.loads((tmp_path / "pack" / "network_readiness.json").read_text())
    assert readiness["ready"] is True
    assert set(readiness["clients"]) == {
        *("Ares", "CatalogueExport", "CDMConnector", "DashboardExport", "Strategus", "WebAPI")
    }
    label = json.loads((tmp_path / "pack" / "quality_label.json").read_text())
    assert label["official_label"] is False
    entries = [entry for element in label["elements"].values() for entry in element]
    assert all((entry["value"] is None) == entry["needs_person"] for entry in entries)
    assert {entry["name"] for entry in entries if entry["needs_person"]} >= {
        "access and usage policy",
        "share of the population that the source covers",
    }


def test_a_release_that_no_client_can_use_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    with duckdb.connect(str(workspace.candidate)) as connection:
        connection.execute("update cdm.vocabulary set vocabulary_version = null")
        connection.execute(
            "insert into cdm.observation_period select 1, person_id, "
            "observation_period_start_date + 1, observation_period_end_date, 32813 "
            "from cdm.observation_period where person_id = 1"
        )
    accept(workspace)
    release.create(workspace, Settings())
    share(workspace, tmp_path / "pack")
    readiness = json.loads((tmp_path / "pack" / "network_readiness.json").read_text())
    unmet = [entry["client"] for entry in readiness["requirements"] if not entry["met"]]
    assert readiness["ready"] is False
    assert unmet == ["Strategus", "CDMConnector"]


def test_ares_tree(workspace: Workspace, tmp_path: Path) -> None:
    (workspace.quality / "dq-result.json").write_text(
        json.dumps(
            {
                "CheckResults": [
                    {"checkId": "few", "numViolatedRows": 3, "numDenominatorRows": 500},
                    {"checkId": "many", "numViolatedRows": 33, "numDenominatorRows": 500,
                     "queryText": "select", "failed": 1},
                    {"checkId": "sound", "numViolatedRows": 495, "numDenominatorRows": 500},
                    {"checkId": "nothing", "numDenominatorRows": 0, "notApplicable": 1},
                    {"checkId": "table", "checkName": "cdmTable", "passed": 1},
                ]
            }
        )
    )  # fmt: skip
    build_candidate(workspace, salt=3, quality=False)
    release.create(workspace, Settings())
    share(workspace, tmp_path / "pack")
    folder = tmp_path / "pack" / "ares" / "source" / "20221231"
    results = json.loads((folder / "dq-result.json").read_text())["CheckResults"]
    assert results == [
        {"checkId": "many", "failed": 1, "numViolatedRows": 40, "numDenominatorRows": 500,
         "pctViolatedRows": 0.08},
        {"checkId": "table", "checkName": "cdmTable", "passed": 1},
    ]  # fmt: skip
    with (folder / "records-by-domain.csv").open() as handle:
        records = {row["domain"]: row["count_records"] for row in csv.DictReader(handle)}
    assert records["drug_exposure"] == "600"
    index = json.loads((tmp_path / "pack" / "ares" / "index.json").read_text())
    assert index["sources"][0]["persons"] == 120
