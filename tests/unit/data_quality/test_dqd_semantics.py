"""What DQD 2.8.4 counts, on a CDM of a few rows whose answers were worked out by hand.

Facts: the behaviour of the package itself on fixed data; `make readers` compares all checks with
its real results.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from data_quality import dqd
from data_quality.checks.model import Result, Status
from data_quality.engine.candidate import Candidate, read_inventory
from data_quality.gate import Policy
from data_quality.validation import check_candidate
from etl.contracts.cdm import cdm_tables
from etl.progress import Silent
from etl.workspace import Workspace

TODAY = date(2023, 6, 1)
Found = dict[str, Result]

ROWS = {
    # Person 3 is there twice, one row has no person_id; person 4 has a month 13 and a birth day.
    "person (person_id, gender_concept_id, year_of_birth, month_of_birth, birth_datetime)": """
        (1, 8507, 1980, null, null), (2, 8532, 1990, null, null),
        (3, 8507, 2000, null, null), (3, 8507, 2000, null, null),
        (4, 0, 1970, 13, '1970-05-05 00:00:00'), (null, 8507, 1960, null, null)""",
    # A copy of the same id, two periods that meet, two periods a whole day apart.
    "observation_period (observation_period_id, person_id, observation_period_start_date,"
    " observation_period_end_date)": """
        (1, 1, '2018-01-01', '2018-12-31'), (1, 1, '2018-01-01', '2018-12-31'),
        (2, 2, '2018-01-01', '2018-12-31'), (3, 2, '2019-01-01', '2019-12-31'),
        (4, 3, '2018-01-01', '2018-12-31'), (5, 3, '2019-01-02', '2019-12-31')""",
    # Visit 10 is there twice.
    "visit_occurrence (visit_occurrence_id, person_id, visit_start_date, visit_end_date,"
    " admitted_from_concept_id, admitted_from_source_value)": """
        (10, 1, '2018-05-01', '2018-05-02', 0, 'a'), (10, 1, '2018-05-01', '2018-05-02', null, 'b'),
        (11, 3, '2018-06-01', null, null, null), (12, 2, '2018-06-01', '2018-06-01', 8756, null)""",
    # 200962 lies under two listed ancestors; 316139 is copied in CONCEPT with another domain.
    "condition_occurrence (condition_occurrence_id, person_id, condition_concept_id,"
    " condition_start_date, visit_occurrence_id, condition_source_value)": """
        (1, 2, 200962, '2018-05-01', null, 'C61'), (2, 3, 316139, '1999-12-31', 11, 'I50'),
        (3, 1, 316139, '2018-05-09', 10, 'I50'), (4, 1, 316139, '2018-05-10', 10, 'X'),
        (5, 4, 0, '2018-05-25', 11, 'X'), (6, 1, null, '2018-05-24', 99, null),
        (7, 1, 999, '2017-03-03', null, null), (7, 4, 0, '2018-01-01', null, 'Y')""",
    "condition_era (condition_era_id, person_id, condition_concept_id)": "(1, 2, 200962)",
    # Two deaths of person 1: 61 and 60 days before the last condition.
    "death (person_id, death_date)": "(1, '2018-03-24'), (1, '2018-03-25')",
    "measurement (measurement_id, person_id, measurement_concept_id, unit_concept_id,"
    " value_as_number, unit_source_value)": """
        (1, 1, 3004410, 8554, null, '%'), (2, 1, 3004410, 8840, 1, null),
        (3, 1, 3004410, null, 1, '%'), (-4, 1, 3004410, 0, 1, null),
        (5, 1, 3004410, null, 1, null)""",
    "concept (concept_id, concept_name, domain_id, standard_concept, invalid_reason)": """
        (0, 'none', 'Metadata', null, null), (8507, 'MALE', 'Gender', 'S', null),
        (200962, 'c', 'Condition', 'S', null), (316139, 'h', 'Condition', 'S', null),
        (316139, 'h', 'Observation', 'S', null), (8756, 'o', 'Visit', 'S', 'D')""",
    "concept_ancestor (ancestor_concept_id, descendant_concept_id)": """
        (4090861, 200962), (4025213, 200962), (200962, 200962)""",
}  # fmt: skip


def cdm(path: Path, changes: tuple[str, ...] = ()) -> Found:
    """Results on the rows above, after changes."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema cdm")
        for table in cdm_tables().values():
            columns = ", ".join(f"{field.quoted} {field.type}" for field in table.fields)
            connection.execute(f"create table cdm.{table.name} ({columns})")
        for table, values in ROWS.items():
            connection.execute(f"insert into cdm.{table} values {values}")
        for change in changes:
            connection.execute(change)
    with duckdb.connect(str(path), read_only=True) as connection:
        candidate = Candidate(connection, read_inventory(connection))
        found = check_candidate(
            candidate, Workspace(path.parent / "none"), Policy(), today=TODAY, progress=Silent()
        )
    return {result.check.id: result for result in found.results}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    return cdm(tmp_path_factory.mktemp("dqd") / "small.duckdb")


CASES = {
    # Persons without period: 4 (the row without person_id is looked at, never at fault).
    "table_measurepersoncompleteness_observation_period": (1, 6),
    # 1 of 999 and 316139, 2, 3 have conditions that are not 0; 2 has an era; NULL and 0 count not.
    "table_measureconditioneracompleteness_condition_era": (2, 3),
    # Only person 2: a copy is no overlap, a whole day between is none.
    "table_measureobservationperiodoverlap_observation_period": (1, 3),
    "field_isprimarykey_person_person_id": (2, 6),
    "field_isprimarykey_condition_occurrence_condition_occurrence_id": (2, 8),
    # The sign of -4 is no digit.
    "field_cdmdatatype_measurement_measurement_id": (1, 5),
    # Concept 999 and NULL; NULL is not looked at for validity, unknown is.
    "field_isforeignkey_condition_occurrence_condition_concept_id": (1, 8),
    # Each of the three rows meets the copy of another domain.
    "field_fkdomain_condition_occurrence_condition_concept_id": (3, 8),
    "field_isstandardvalidconcept_condition_occurrence_condition_concept_id": (0, 7),
    "field_isstandardvalidconcept_visit_occurrence_admitted_from_concept_id": (1, 2),
    # 0 and, with a source value, NULL; NULL in both is not looked at.
    "field_standardconceptrecordcompleteness_visit_occurrence_admitted_from_concept_id": (2, 3),
    "field_standardconceptrecordcompleteness_measurement_unit_concept_id": (2, 4),
    "field_standardconceptrecordcompleteness_condition_occurrence_condition_concept_id": (2, 7),
    # X is 0 in one row and mapped in another: at fault. C61, I50, X, Y and NULL are values.
    "field_sourcevaluecompleteness_condition_occurrence_condition_source_value": (2, 5),
    # Person 3 is there twice: two hits, one row.
    "field_plausibleafterbirth_condition_occurrence_condition_start_date": (2, 8),
    # Born on 1 June 2000 here: the same two.
    "field_plausibletemporalafter_condition_occurrence_condition_start_date": (2, 8),
    # Days 61 and 60 after the two deaths: once; four rows of person 1, by two deaths each.
    "field_plausiblebeforedeath_condition_occurrence_condition_start_date": (1, 8),
    "field_plausibleduringlife_condition_occurrence_condition_start_date": (1, 4),
    # Visit 10 twice: day 8 after its end is at fault, day 7 is not; a visit without end has only
    # a start; visit 99 does not exist.
    "field_withinvisitdates_condition_occurrence_condition_start_date": (3, 6),
    # A woman, under two listed ancestors.
    "concept_plausiblegenderusedescendants_condition_occurrence_condition_concept_id"
    "_4090861,4025213": (2, 2),
    "concept_plausiblegender_condition_occurrence_condition_concept_id_200962": (1, 1),
    # 8840 is no unit of it; a NULL unit is looked at and never at fault, 0 is not looked at.
    "concept_plausibleunitconceptids_measurement_measurement_concept_id_3004410": (1, 4),
}  # fmt: skip


@pytest.mark.parametrize("check", CASES)
def test_counts(found: Found, check: str) -> None:
    result = found[check]
    assert (result.violated, result.denominator) == CASES[check], result.status


def test_a_field_that_is_null_everywhere_excuses_even_what_is_required(found: Found) -> None:
    result = found["field_isrequired_condition_occurrence_condition_type_concept_id"]
    assert result.status is Status.NOT_APPLICABLE
    assert result.reason == (
        "Field CONDITION_OCCURRENCE.CONDITION_TYPE_CONCEPT_ID is not populated."
    )
    field = "condition_occurrence_condition_type_concept_id"
    complete = found[f"field_measurevaluecompleteness_{field}"]
    assert complete.status is Status.FAIL


def test_a_birth_that_is_no_date_stops_the_checks_of_its_tables(tmp_path: Path) -> None:
    results = cdm(
        tmp_path / "small.duckdb",
        (
            "update cdm.person set birth_datetime = null where person_id = 4",
            "update cdm.person set year_of_birth = null where person_id = 2",
            "update cdm.condition_occurrence set condition_end_date = '2018-05-10'"
            " where condition_occurrence_id = 3",
        ),
    )
    after = "field_plausibleafterbirth_{}_{}"
    before = "field_plausibletemporalafter_{}_{}"
    condition = ("condition_occurrence", "condition_start_date")
    assert results[after.format(*condition)].status is Status.ERROR
    assert results[before.format(*condition)].status is Status.ERROR
    # Person 2 has a visit, person 4 has none; month 13 matters only where the month is read.
    assert results[after.format("visit_occurrence", "visit_start_date")].status is Status.ERROR
    # Their conditions have no end: DQD makes no birth for a row without the date.
    ended = results[after.format("condition_occurrence", "condition_end_date")]
    assert (ended.status, ended.denominator) == (Status.PASS, 1)
    # No measurement is theirs, and no date is given there.
    measured = results[after.format("measurement", "measurement_date")]
    assert measured.status is Status.NOT_APPLICABLE


def test_types_and_absent_things(tmp_path: Path) -> None:
    results = cdm(
        tmp_path / "small.duckdb",
        (
            "alter table cdm.procedure_occurrence alter quantity type double",
            "insert into cdm.procedure_occurrence (procedure_occurrence_id, quantity)"
            " values (1, 2), (2, 1.5), (3, null)",
            "alter table cdm.provider alter year_of_birth type varchar",
            "insert into cdm.provider (provider_id, year_of_birth) values (1, '1970')",
            "alter table cdm.visit_occurrence drop column admitted_from_source_value",
            "alter table cdm.device_exposure drop column unit_source_value",
            "drop table cdm.note_nlp",
            "drop table cdm.condition_era",
        ),
    )
    # Every value of a floating column has a point; a text has no absolute value.
    quantity = results["field_cdmdatatype_procedure_occurrence_quantity"]
    assert (quantity.violated, quantity.denominator) == (2, 3)
    assert results["field_cdmdatatype_provider_year_of_birth"].status is Status.ERROR
    # The helper column is absent: an error, in an empty table as well.
    helper = "field_standardconceptrecordcompleteness_{}"
    for field in ("visit_occurrence_admitted_from_concept_id", "device_exposure_unit_concept_id"):
        assert results[helper.format(field)].status is Status.ERROR, field
    # An absent table does not apply, and is an error nevertheless; eras are asked for.
    absent = results["field_isrequired_note_nlp_note_id"]
    assert (absent.status, absent.reason) == (
        Status.NOT_APPLICABLE,
        "Table NOTE_NLP does not exist.",
    )
    assert absent.error
    eras = results["table_measureconditioneracompleteness_condition_era"]
    assert eras.status is Status.ERROR


def test_our_threshold_stands_apart_from_that_of_dqd(found: Found) -> None:
    check = "table_measurepersoncompleteness_observation"
    result = found[check]
    assert (result.violated, result.denominator, result.status) == (5, 6, Status.PASS)
    assert (result.check.threshold, result.check.dqd_threshold) == (100, 95)
    assert dqd.status_of(result) is Status.PASS
    worse = Result(result.check, Status.PASS, 96, 100)
    assert dqd.status_of(worse) is Status.FAIL
