"""The real Circe (two ports of it) and our own counting agree on every cohort."""

from __future__ import annotations

import json
from collections.abc import Iterator

import duckdb
import pytest

from data_quality.cohorts.circe import circe_expression
from data_quality.cohorts.counting import count_persons
from data_quality.cohorts.definition import Cohort, cohorts
from etl import release
from etl.settings import Settings
from etl.workspace import Workspace
from tests.small_candidate import accept, build_candidate

circe = pytest.importorskip("circe", reason="needs ohdsi-circepy (extra `dev`)")
duckcdm_circe = pytest.importorskip("duckcdm.circe", reason="needs duckcdm (extra `dev`)")

EXPECTED_NOT_EMPTY = {
    *("covid_19", "diabetes_type_2", "guillain_barre", "icu"),
    *("thrombosis_after_covid_19", "cardiac_event_after_diabetes"),
}

# Persons 31 to 60 have Covid-19, persons 1 to 30 diabetes: some get an event after it.
EVENTS = """
    insert into cdm.condition_occurrence by name
    select
        condition_occurrence_id + 7 as condition_occurrence_id,
        person_id,
        {concept} as condition_concept_id,
        condition_start_date + {days} as condition_start_date,
        32855 as condition_type_concept_id,
        {source} as condition_source_concept_id
    from cdm.condition_occurrence
    where condition_concept_id = {entry} and person_id % {step} = 0
"""
STAYS = """
    insert into cdm.visit_detail by name
    select
        32 * i as visit_detail_id,
        i as person_id,
        32037 as visit_detail_concept_id,
        date '2020-03-01' as visit_detail_start_date,
        date '2020-03-04' as visit_detail_end_date,
        32855 as visit_detail_type_concept_id,
        32 * i as visit_occurrence_id
    from range(5, 17) as numbers(i)
"""


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("circe")
    workspace = Workspace(folder / "workspace")
    build_candidate(workspace)
    with duckdb.connect(str(workspace.candidate)) as candidate:
        candidate.execute(EVENTS.format(concept=440417, source=0, entry=37311061, days=30, step=2))
        candidate.execute(
            EVENTS.format(concept=0, source=2001000003, entry=37311061, days=31, step=3)
        )
        candidate.execute(EVENTS.format(concept=316139, source=0, entry=201826, days=900, step=3))
        candidate.execute(STAYS)
        candidate.execute("insert into cdm.concept_ancestor values (201826, 4193704, 1, 1)")
    accept(workspace)
    made = release.create(workspace, Settings())
    copy = folder / "copy.duckdb"
    copy.write_bytes(made.database.read_bytes())
    with duckdb.connect(str(copy)) as opened:
        yield opened


PORTABLE = [cohort for cohort in cohorts() if cohort.is_portable]


@pytest.fixture(params=PORTABLE, ids=lambda cohort: cohort.id)
def cohort(request: pytest.FixtureRequest) -> Cohort:
    found: Cohort = request.param
    return found


def test_circe_generates_the_cohort_that_we_count(
    connection: duckdb.DuckDBPyConnection, cohort: Cohort
) -> None:
    text = json.dumps(circe_expression(connection, cohort))
    ours = count_persons(connection, cohort)
    assert (ours > 0) == (cohort.id in EXPECTED_NOT_EMPTY)
    assert with_duckcdm(connection, text) == ours
    if any(criterion.domain == "visit_detail" for criterion in cohort.criteria()):
        pytest.xfail("circepy 0.3.0 renders VisitDetail with an alias that does not exist")
    assert with_circepy(connection, text) == ours


def with_circepy(connection: duckdb.DuckDBPyConnection, text: str) -> int:
    """OHDSI's Python port. Its own executor needs an ibis that knows DuckDB 2.0."""
    options = circe.cohortdefinition.BuildExpressionQueryOptions()
    options.cdm_schema = options.vocabulary_schema = "cdm"
    options.result_schema = "results"
    options.target_table = "cdm.cohort"
    options.cohort_id = 1
    expression = circe.cohort_expression_from_json(text)
    return generated(connection, circe.build_cohort_query(expression, options))


def with_duckcdm(connection: duckdb.DuckDBPyConnection, text: str) -> int:
    """The port that claims the very text of Java's Circe."""
    sql = duckcdm_circe.build_cohort_query(
        text,
        cdm_schema="cdm",
        vocabulary_schema="cdm",
        result_schema="results",
        target_table="cdm.cohort",
        cohort_id=1,
    )
    return generated(connection, sql)


def generated(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    """Run Circe's SQL on DuckDB; count the persons of the cohort."""
    from duckcdm.sqlrender import render, split_sql, translate

    with connection.cursor() as session:  # Circe's temporary tables end with it
        for statement in split_sql(translate(render(sql), "duckdb")):
            if statement.strip():
                session.execute(statement)
        row = session.execute(
            "select count(distinct subject_id) from cdm.cohort where cohort_definition_id = 1"
        ).fetchone()
        session.execute("delete from cdm.cohort")
    assert row is not None
    return int(row[0])


def test_all_eight_of_the_onboarding_benchmark_are_defined() -> None:
    benchmark = {cohort.id for cohort in cohorts() if cohort.group == "benchmark"}
    assert benchmark == {
        *("covid_19", "diabetes_type_2", "guillain_barre", "haemorrhagic_stroke"),
        *("icu", "ischaemic_stroke", "kawasaki", "myocarditis"),
    }
