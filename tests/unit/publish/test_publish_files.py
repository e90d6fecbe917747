"""Files of the pack from counts that may leave: what is in each, by the readers' own numbers."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from etl.publish import onboarding
from etl.publish.ares import dqd_family, shareable_dqd, write_ares
from etl.publish.cells import Cell, Family, Key, Rule
from etl.publish.control import Shown
from etl.publish.distributions import MOMENTS, distribution_family, distribution_rows
from etl.publish.exports import CATALOGUE_FILE, DASHBOARD_FILE, write_exports
from etl.publish.margins import Most
from etl.publish.network import DASHBOARD_MINIMUM
from etl.release.manifest import Identity, Manifest
from tests.tiny_cdm import tiny_cdm

IDENTITY = Identity(
    source_name="Name", source_abbreviation="NM", holder="Holder",
    source_release_date="2022-03-01", cdm_release_date="2022-06-15", cdm_version="5.4",
    vocabulary_version="v5.0 27-AUG-25", etl_version="1",
)  # fmt: skip


def test_lists_of_the_tools() -> None:
    """quality_federation.md, 3.2 (ingredients of CdmOnboarding) and 3.4 (DashboardExport)."""
    assert DASHBOARD_MINIMUM == (
        0, 1, 2, 3, 101, 102, 103, 105, 108, 110, 111, 113, 400, 401, 403, 405, 420, 700, 701,
        703, 705, 720,
    )  # fmt: skip
    assert sorted(onboarding.DIAGNOSED) == sorted([
        1125315, 1139042, 1703687, 1119119, 1154343, 528323, 954688, 968426, 1550557, 1140643,
        40225722,
    ])  # fmt: skip


def check(
    name: str, violated: int | None, rows: int | None, table: str = "PERSON"
) -> dict[str, Any]:
    return {
        "checkId": name, "numViolatedRows": violated, "numDenominatorRows": rows,
        "cdmTableName": table, "queryText": "select", "pctViolatedRows": 0.123456, "failed": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("violated", "rows", "is_small"),
    [
        (0, 100, False), (1, 100, True), (10, 100, True), (11, 100, False),
        (89, 100, False), (90, 100, True), (99, 100, True), (100, 100, False),
        (0, 10, True), (0, 11, False), (0, 0, False), (None, None, False),
        (30, 20, False),  # more at fault than were looked at: none is sound
    ],
)  # fmt: skip
def test_few_rows_at_fault_or_few_sound_hide_both(
    violated: int | None, rows: int | None, *, is_small: bool
) -> None:
    family = dqd_family({"CheckResults": [check("a", violated, rows)]}, Most({"person": 1}, 9), 11)
    keys = {("a", "violated"), ("a", "rows")}
    assert family.cells == {
        ("a", "violated"): Cell(violated or 0, violated or 0, derived=("0", "", "", "", "")),
        ("a", "rows"): Cell(rows or 0, rows or 0),
    }
    assert family.small == (keys if is_small else set())


def test_rows_of_a_check_are_of_fewer_persons() -> None:
    """At most 10 records of one person: 60 rows are of 6 persons at least."""
    listed = {"CheckResults": [check("a", 0, 60, "DRUG_EXPOSURE"), check("b", 0, 60, "")]}
    family = dqd_family(listed, Most({"drug_exposure": 10}, 9), 11)
    assert family.cells["a", "rows"] == Cell(60, 6)
    assert family.cells["b", "rows"] == Cell(60, 60)
    assert family.small == {("a", "violated"), ("a", "rows")}
    assert dqd_family({}, Most({}, 1), 11).cells == {}


def test_a_check_is_shown_with_both_counts_or_none() -> None:
    """One that saw no row is as absent as a hidden one; a check of the model has no counts."""
    model = {"checkId": "m", "checkName": "cdmTable", "failed": 0}
    dqd = {"CheckResults": [*(check(name, 7, 70) for name in "abcd"), model], "Metadata": [1]}
    counts: dict[Key, int] = {
        ("a", "violated"): 20, ("a", "rows"): 70, ("b", "violated"): 20, ("c", "rows"): 70,
        ("d", "violated"): 0, ("d", "rows"): 0,
    }  # fmt: skip
    verdicts = dict.fromkeys(counts, ("1", "0", "", "", ""))
    part = Shown(Family("dqd", {}), counts, verdicts, {}, frozenset(), {})
    shared = shareable_dqd(dqd | {"other": 2}, part)
    assert shared["Metadata"] == [1]
    assert shared.keys() == {"CheckResults", "Metadata"}
    first, last = shared["CheckResults"]
    assert first.items() >= {
        "checkId": "a", "failed": 1, "passed": 0, "numViolatedRows": 20,
        "numDenominatorRows": 70, "pctViolatedRows": 0.29,
    }.items()  # fmt: skip
    assert "queryText" not in first
    assert last == model
    assert shareable_dqd({}, part) == {"CheckResults": []}


def achilles(*rows: tuple[int, str, int]) -> list[list[Any]]:
    """Rows of achilles_results: the count is the seventh."""
    return [[str(analysis), stratum, "", "", "", "", count] for analysis, stratum, count in rows]


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_ares_has_each_analysis_in_its_file(tmp_path: Path) -> None:
    """Numbers of Achilles: 1 persons, 2 sex, 3 year of birth, 110 months observed, 113 periods,
    502 deaths by month; of each domain 0 persons, 1 records, 20 records by month."""
    counts = achilles(
        (1, "", 100), (2, "8507", 60), (3, "1950", 50), (110, "202101", 90), (113, "1", 80),
        (502, "202102", 20), (400, "7", 30), (401, "7", 40), (401, "8", 20), (420, "202103", 70),
        (700, "9", 20), (4, "x", 11), (111, "x", 11), (421, "x", 11), (402, "x", 11),
    )  # fmt: skip
    manifest = Manifest.model_construct(identity=IDENTITY)
    write_ares(tmp_path, manifest, counts, {"condition_occurrence": 70}, None)
    day = "20220615"
    folder = tmp_path / "ares" / "source" / day

    def pairs(stratum: str, count: int) -> list[dict[str, Any]]:
        return [{"STRATUM_1": stratum, "COUNT_VALUE": count}]

    assert json.loads((folder / "person.json").read_text()) == {
        "SUMMARY": [{"ATTRIBUTE_NAME": "Number of persons", "ATTRIBUTE_VALUE": 100}],
        "GENDER_DATA": pairs("8507", 60), "BIRTH_YEAR_DATA": pairs("1950", 50),
    }  # fmt: skip
    assert json.loads((folder / "observationperiod.json").read_text()) == {
        "OBSERVED_BY_MONTH": pairs("202101", 90), "PERIODS_PER_PERSON": pairs("1", 80)
    }  # fmt: skip
    assert json.loads((folder / "death.json").read_text()) == {
        "PREVALENCE_BY_MONTH": pairs("202102", 20)
    }
    assert table(folder / "records-by-domain.csv") == [
        {"domain": "condition_occurrence", "count_records": "70"}
    ]
    assert table(folder / "datadensity-total.csv") == [
        {"domain": "condition_occurrence", "month": "202103", "count_records": "70"}
    ]
    assert table(folder / "domain-summary-condition_occurrence.csv") == [
        {"concept_id": "7", "persons": "30", "records": "40"},
        {"concept_id": "8", "persons": "", "records": "20"},
    ]
    assert table(folder / "domain-summary-drug_exposure.csv") == []
    assert not (folder / "dq-result.json").exists()
    (entry,) = json.loads((tmp_path / "ares" / "index.json").read_text())["sources"]
    assert (entry["persons"], entry["release"]) == (100, day)
    with (folder / "cdmsource.csv").open() as handle:
        header = handle.readline()
    assert "etl_version" not in header
    assert "source_name" in header


def test_ares_without_a_number_of_persons(tmp_path: Path) -> None:
    write_ares(
        tmp_path,
        Manifest.model_construct(identity=IDENTITY),
        achilles((11, "", 100)),
        {},
        {"CheckResults": []},
    )
    (entry,) = json.loads((tmp_path / "ares" / "index.json").read_text())["sources"]
    assert entry["persons"] is None
    (quality,) = tmp_path.rglob("dq-result.json")
    assert json.loads(quality.read_text()) == {"CheckResults": []}


def test_portals_get_hundreds_and_the_second_months_as_they_are(tmp_path: Path) -> None:
    """Both exporters round up to 100; counts by month are rounded to 10 by the second."""
    counts = achilles(
        (0, "name", 320), (1, "", 310), (2, "8507", 20), (110, "202101", 120), (111, "202101", 20),
        (112, "202101", 30), (117, "202101", 40), (502, "202101", 50), (1411, "2021-01-01", 60),
        (420, "202101", 70), (1820, "202101", 80), (113, "1", 100),
    )  # fmt: skip
    distribution = [[103, "", "", "", "", "", 330, *range(9)]]
    identity = IDENTITY
    write_exports(tmp_path, counts, distribution, identity)
    months = {
        "110": 120, "111": 20, "112": 30, "117": 40, "502": 50, "1411": 60, "420": 70, "1820": 80
    }  # fmt: skip
    for name, of_months in (
        (CATALOGUE_FILE, {key: 200 if key == "110" else 100 for key in months}),
        (DASHBOARD_FILE, months),
    ):
        rows = table(tmp_path / name)
        found = {row["analysis_id"]: row for row in rows}
        expected = {"0": 320, "1": 400, "2": 100, "113": 100, "103": 400, **of_months}
        assert {
            key: int(row["count_value"]) for key, row in found.items() if key != "5000"
        } == expected
        assert [int(row["analysis_id"]) for row in rows] == [0, *sorted(
            [int(key) for key in expected if key != "0"]
        ), 5000]  # fmt: skip
        about = found["5000"]
        assert [about[f"stratum_{n}"] for n in range(1, 6)] == [
            identity.source_name, identity.source_release_date, identity.cdm_release_date,
            identity.cdm_version, identity.vocabulary_version,
        ]  # fmt: skip
        assert about["count_value"] == "9999"
        first = found["0"]
        assert first["stratum_1"] == identity.source_abbreviation
        assert first["stratum_3"] == identity.cdm_release_date.replace("-", "")
        assert [found["103"][moment] for moment in MOMENTS[1:]] == list("012345678")
        assert {len(row) for row in rows} == {6 + len(MOMENTS)}
        assert {row[moment] for row in rows for moment in MOMENTS[1:] if row["analysis_id"] != "103"
                } == {""}  # fmt: skip


def test_a_hidden_number_of_persons_leaves_the_first_row_out(tmp_path: Path) -> None:
    write_exports(tmp_path, achilles((2, "8507", 20)), [], IDENTITY)
    assert [row["analysis_id"] for row in table(tmp_path / CATALOGUE_FILE)] == ["2", "5000"]


class Everything:
    """Every moment rests on enough persons: what that takes has tests of its own."""

    def get(self, key: Key, default: frozenset[str]) -> frozenset[str]:
        return frozenset(MOMENTS)


@pytest.fixture
def distributions(monkeypatch: pytest.MonkeyPatch) -> duckdb.DuckDBPyConnection:
    """Three persons with a visit of 8 records of one concept: 5, 2 and 1."""
    monkeypatch.setattr("etl.publish.distributions.supported", lambda *arguments: Everything())
    days = [(1, 5), (2, 2), (3, 1)]
    connection = tiny_cdm(
        [(person, 8507, "1950-01-01") for person, _ in days],
        [(person, "2021-01-01", "2021-12-31") for person, _ in days],
    )
    number = 0
    for person, records in days:
        for day in range(1, records + 1):
            number += 1
            connection.execute(
                "insert into cdm.visit_occurrence by name select ? as visit_occurrence_id, "
                "? as person_id, 9201 as visit_concept_id, make_date(2021, 1, ?) as "
                "visit_start_date",
                [number, person, day],
            )
    columns = ", ".join(f"{name} double" for name in MOMENTS[1:])
    connection.execute(
        "create schema results; create table results.achilles_results_dist "
        f"(analysis_id int, stratum_1 varchar, count_value bigint, {columns})"
    )
    return connection


def of_distributions(
    connection: duckdb.DuckDBPyConnection, *rows: tuple[int, str | None, int]
) -> Family:
    values = ", ".join(map(str, (1, 999, 12345.6, 0.123456, 7, 1.5, 2, 8, 88)))
    for row in rows:
        connection.execute(
            f"insert into results.achilles_results_dist values (?, ?, ?, {values})", list(row)
        )
    return distribution_family(connection, "results", "cdm", Rule(11))


NONE = ("",) * 9
MIDDLE = ("", "", "12300", "0.123", "7", "", "2", "8", "")
ALL = ("", "", "12300", "0.123", "7", "1.5", "2", "8", "88")


@pytest.mark.parametrize(
    ("count", "moments"), [(43, NONE), (44, MIDDLE), (109, MIDDLE), (110, ALL)]
)
def test_the_middle_needs_four_times_the_minimum_the_tails_ten_times(
    distributions: duckdb.DuckDBPyConnection, count: int, moments: tuple[str, ...]
) -> None:
    """Minimum and maximum are one person's: never shown."""
    family = of_distributions(distributions, (403, None, count))
    assert family.cells == {("403",): Cell(count, count, derived=moments)}
    assert family.sums == ()


def test_durations_count_records(distributions: duckdb.DuckDBPyConnection) -> None:
    """200 records of 3 persons show no moment; a concept without persons is one person's."""
    family = of_distributions(distributions, (213, "9201", 200), (213, "9202", 200), (1313, "", 8))
    assert family.cells == {
        ("213", "9201"): Cell(200, 3, 5, 2, NONE),
        ("213", "9202"): Cell(200, 1, 0, 0, NONE),
        ("1313", ""): Cell(8, 1, 0, 0, NONE),
    }


def test_distributions_that_may_be_shown(distributions: duckdb.DuckDBPyConnection) -> None:
    """Those of persons by number of records, age and length; age splits by sex."""
    family = of_distributions(distributions, *((number, None, 200) for number in range(2200)),
                              (104, "8507", 120), (104, "8532", 80))  # fmt: skip
    assert {int(key[0]) for key in family.cells} == {
        103, 104, 105, 203, 213, 403, 603, 703, 803, 903, 1003, 1303, 1313, 1803
    }  # fmt: skip
    (line,) = family.sums
    assert line.total == ("103",)
    assert set(line.parts) == {("104",), ("104", "8507"), ("104", "8532")}


def test_rows_of_distributions() -> None:
    cells: dict[Key, Cell] = {("403",): Cell(50, 50), ("104", "8532"): Cell(60, 60)}
    cells |= {("104", "8507"): Cell(40, 40)}
    derived = {key: ALL if key == ("403",) else () for key in cells}
    counts = {key: cell.value for key, cell in cells.items()}
    part = Shown(Family("distributions", cells), counts, derived, {}, frozenset(), {})
    blank = ["", "", "", ""]
    assert distribution_rows(part) == [
        [104, "8507", *blank, 40, *NONE], [104, "8532", *blank, 60, *NONE],
        [403, "", *blank, 50, *ALL],
    ]  # fmt: skip
