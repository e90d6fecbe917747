"""Statuses, accepted gaps, pairs of tables and whom a failure touches, on a few facts each."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from data_quality.checks.catalogue import catalogue
from data_quality.checks.model import Check, Level, Measured, Status
from data_quality.checks.templates import relations_of
from data_quality.completeness.accepted import with_accepted
from data_quality.completeness.model import Shortfall, Thresholds
from data_quality.completeness.pairs import uneven_pairs
from data_quality.engine.impact import Files, event_date, source_files, type_concept
from data_quality.engine.statuses import ABSENT, decide, fails
from etl.contracts.cdm import cdm_tables
from etl.delivery.declaration import DeclaredGap
from etl.ids import BLOCK

PERSON = {"person_id": "bigint", "gender_concept_id": "integer"}


@pytest.mark.parametrize(
    ("violated", "denominator", "threshold", "expected"),
    [
        (0, 10, None, False), (1, 10, None, True), (0, 10, 0, False), (1, 10, 0, True),
        (1, 0, None, True), (1, 100, 1, False), (2, 100, 1, True), (101, 10_000, 1, True),
        (5, 0, 1, False), (1, 1, 100, False), (201, 20_000, 1, True),
    ],
)  # fmt: skip
def test_a_threshold_is_a_percentage_that_may_be_reached(
    violated: int, denominator: int, threshold: float | None, *, expected: bool
) -> None:
    """DQD: num_violated / num_denominator × 100 > threshold fails; 0 and none are the same."""
    assert fails(violated, denominator, threshold) is expected


def check(name: str, table: str = "person", **places: Any) -> Check:
    """A check of that name; its type is that of the catalogue."""
    return next(
        one
        for one in catalogue()
        if one.name == name
        and one.table == table
        and all(getattr(one, key) == value for key, value in places.items())
    )


def status(
    one: Check,
    found: Measured,
    *others: tuple[Check, Measured],
    tables: dict[str, dict[str, str]] | None = None,
    relations: tuple[str, ...] = (),
) -> tuple[Status, str]:
    known = {"person": PERSON} if tables is None else tables
    checks = [one, *(other for other, _ in others)]
    measured = {one.id: found} | {other.id: its for other, its in others}
    result = decide(checks, measured, known, relations)[0]
    return result.status, result.reason or result.error


VALUES = check("measureValueCompleteness", field="gender_concept_id")
REQUIRED = check("isRequired", field="gender_concept_id")
NONE, SOME = Measured(0, 10), Measured(3, 10)


def test_a_check_passes_fails_or_could_not_be_run() -> None:
    assert status(REQUIRED, NONE) == (Status.PASS, "")
    assert status(REQUIRED, SOME) == (Status.FAIL, "")
    assert status(REQUIRED, Measured(error="BinderException")) == (Status.ERROR, "BinderException")


def test_what_is_absent_is_an_error_of_structure_or_not_applicable() -> None:
    assert status(REQUIRED, SOME, tables={}) == (
        Status.NOT_APPLICABLE, "Table PERSON does not exist."
    )  # fmt: skip
    assert status(REQUIRED, SOME, tables={"person": {"person_id": "bigint"}}) == (
        Status.NOT_APPLICABLE, "Field PERSON.GENDER_CONCEPT_ID does not exist."
    )  # fmt: skip
    persons = check("measurePersonCompleteness", "death")
    assert status(persons, SOME, tables={"death": {"person_id": "bigint"}})[0] is not Status.ERROR
    assert status(persons, SOME, tables={}) == (
        Status.NOT_APPLICABLE, "Table DEATH does not exist."
    )  # fmt: skip
    structure = check("cdmTable")
    assert status(structure, Measured(1, 1), tables={}) == (Status.FAIL, "")
    field = check("cdmField", field="gender_concept_id")
    assert status(field, Measured(1, 1), tables={"person": {}}) == (Status.FAIL, "")


def test_a_field_or_table_without_values_makes_its_checks_not_applicable() -> None:
    empty_table, empty_field = Measured(0, 0), Measured(10, 10)
    assert status(REQUIRED, SOME, (VALUES, empty_table)) == (
        Status.NOT_APPLICABLE, "Table PERSON is empty."
    )  # fmt: skip
    assert status(REQUIRED, SOME, (VALUES, empty_field)) == (
        Status.NOT_APPLICABLE, "Field PERSON.GENDER_CONCEPT_ID is not populated."
    )  # fmt: skip
    assert status(REQUIRED, SOME, (VALUES, Measured(9, 10))) == (Status.FAIL, "")
    assert status(REQUIRED, SOME, (VALUES, Measured(0, 0, "error"))) == (Status.FAIL, "")
    key = check("isPrimaryKey", field="person_id")
    assert status(key, SOME, (VALUES, empty_field)) == (Status.FAIL, "")
    assert status(VALUES, empty_field)[0] in (Status.PASS, Status.FAIL)
    assert status(VALUES, empty_table)[0] is Status.NOT_APPLICABLE
    # the error of a check on an empty table is an error
    assert status(REQUIRED, Measured(error="x"), (VALUES, empty_table)) == (Status.ERROR, "x")
    # another check that finds nothing does not make the table empty
    assert status(REQUIRED, SOME, (key, empty_table)) == (Status.FAIL, "")


def test_conditions_decide_about_their_eras() -> None:
    eras = check("measureConditionEraCompleteness", "condition_era")
    values = check("measureValueCompleteness", "condition_occurrence", field="condition_concept_id")
    reason = (Status.NOT_APPLICABLE, "Table CONDITION_OCCURRENCE is empty.")
    conditions: dict[str, dict[str, str]] = {
        "condition_occurrence": {"condition_concept_id": "integer"}, "condition_era": {}
    }  # fmt: skip
    assert status(eras, SOME, tables={}) == reason
    assert status(eras, SOME, (values, Measured(0, 0)), tables=conditions) == reason
    assert status(eras, SOME, (values, SOME), tables=conditions)[0] is Status.FAIL


def test_a_concept_that_no_row_has_is_not_applicable() -> None:
    concept = next(
        one for one in catalogue() if one.type.level is Level.CONCEPT and one.table == "measurement"
    )
    tables = {"measurement": {concept.field: "integer"}}
    found, reason = status(concept, Measured(0, 0), tables=tables)
    assert found is Status.NOT_APPLICABLE
    assert reason.endswith("is missing from the MEASUREMENT table.")
    assert concept.spelled in reason
    assert status(concept, Measured(0, 5), tables=tables) == (Status.PASS, "")
    assert status(REQUIRED, Measured(0, 0)) == (Status.PASS, "")


LEDGER = next(one for one in catalogue() if one.id == "release_ledgerresidual")
FIGURE = next(one for one in catalogue() if one.name == "nationalFigure")


def test_a_query_of_ours_applies_where_all_that_it_reads_is_there() -> None:
    needed = relations_of(LEDGER)
    assert needed
    assert status(LEDGER, SOME, relations=needed) == (Status.FAIL, "")
    assert status(LEDGER, Measured(0, 0), relations=needed) == (
        Status.NOT_APPLICABLE, "Nothing to look at."
    )  # fmt: skip
    assert status(LEDGER, Measured(error="x"), relations=needed) == (Status.ERROR, "x")
    found, reason = status(LEDGER, SOME, relations=needed[1:])
    assert (found, reason) == (Status.NOT_APPLICABLE, f"{needed[0]} does not exist.")
    found, reason = status(FIGURE, SOME)
    assert found is Status.NOT_APPLICABLE
    assert reason.startswith("Population targeted or not declared")
    assert status(FIGURE, SOME, relations=relations_of(FIGURE))[0] is not Status.NOT_APPLICABLE
    assert ABSENT == "CatalogException"


def gap(year: int | None = 2019, table: str = "ER_PHA_F", until: str = "2025-06-30") -> DeclaredGap:
    return DeclaredGap(
        table=table,
        year=year,
        owner=f"owner {year}",
        reason="known",
        until=date.fromisoformat(until),
    )


@pytest.mark.parametrize(
    ("gaps", "owner"),
    [
        ([], ""), ([gap()], "owner 2019"), ([gap(None)], "owner None"), ([gap(2018)], ""),
        ([gap(table="ER_BIO_F")], ""), ([gap(until="2025-06-29")], ""),
        ([gap(2018), gap()], "owner 2019"),
    ],
)  # fmt: skip
def test_a_gap_accepts_what_it_names_until_its_day(gaps: list[DeclaredGap], owner: str) -> None:
    shortfall = Shortfall("year_missing", "ER_PHA_F", 2019)
    (found,) = with_accepted([shortfall], gaps, date(2025, 6, 30))
    assert found == replace(shortfall, accepted_by=owner, reason="known" if owner else "")


def test_several_years_need_a_gap_each() -> None:
    months = Shortfall(
        "month_missing", "ER_PHA_F", first_month=date(2018, 11, 1), last_month=date(2020, 2, 1)
    )
    every = [gap(2018), gap(2019), gap(2020)]
    for gaps in (every[:2], every[1:], every[::2]):
        assert with_accepted([months], gaps, date(2025, 1, 1)) == (months,)
    (found,) = with_accepted([months], every, date(2025, 1, 1))
    assert found.accepted_by == "owner 2018"


def test_no_person_accepts_a_release_without_persons() -> None:
    without = Shortfall("no_beneficiaries", "ER_PHA_F", 2019)
    assert with_accepted([without], [gap(), gap(None)], date(2025, 1, 1)) == (without,)


@pytest.mark.parametrize(
    ("fewer", "more", "percent"),
    [(69, 100, 69.0), (70, 100, None), (0, 100, None), (2, 7, 28.6), (3, 7, None), (9, 9, None)],
)  # fmt: skip
def test_one_of_two_tables_with_far_fewer_stays(
    fewer: int, more: int, percent: float | None
) -> None:
    limits = Thresholds(pair_percent=70, rows_from=5)
    first, second = "T_MCOaaB", "T_MCOaaC"
    for short, whole in ((first, second), (second, first)):
        rows: dict[str, dict[int | None, int]] = {
            short: {2019: fewer, None: 9, 2017: 1}, whole: {2019: more, 2018: 500, None: 9}
        }  # fmt: skip
        expected = (
            []
            if percent is None
            else [Shortfall("sibling_short", short, 2019, whole, percent=percent)]
        )
        assert list(uneven_pairs(rows, limits)) == expected


def test_blocks_belong_to_files() -> None:
    """A file has the rows from its first to its last one; those between two files have none."""
    files = Files((2 * BLOCK, 7 * BLOCK), (4 * BLOCK, 7 * BLOCK + 3), ("a", "b"))
    assert [files.of_block(number) for number in range(1, 9)] == [
        "",
        "a",
        "a",
        "a",
        "",
        "",
        "b",
        "",
    ]
    assert files
    assert not Files()


def test_columns_that_a_failure_is_counted_by() -> None:
    """OMOP CDM 5.4: the first required date, or the first date; the type concept."""
    tables = cdm_tables()
    assert event_date(tables["drug_exposure"]) == "drug_exposure_start_date"
    assert event_date(tables["drug_exposure"]) != "verbatim_end_date"
    assert event_date(tables["person"]) is None
    assert event_date(tables["concept"]) == "valid_start_date"
    assert type_concept(tables["drug_exposure"]) == "drug_type_concept_id"
    assert type_concept(tables["person"]) is None


@pytest.mark.parametrize("missing", ["", "first_row_id", "last_row_id", "file_name"])
@pytest.mark.parametrize("rows", [[], [(1, 2, "a"), (4, 5, "b")]])
def test_files_of_a_candidate_that_knows_them(missing: str, rows: list[tuple[Any, ...]]) -> None:
    columns = {"first_row_id", "last_row_id", "file_name", "x"} - {missing}
    inventory = SimpleNamespace(audit={"files": dict.fromkeys(columns, "varchar")})
    scanner: Any = SimpleNamespace(
        candidate=SimpleNamespace(inventory=inventory), ask=lambda query: rows
    )
    found = source_files(scanner)
    if missing or not rows:
        assert found == Files()
    else:
        assert found == Files((1, 4), (2, 5), ("a", "b"))
    inventory.audit = {}
    assert source_files(scanner) == Files()
