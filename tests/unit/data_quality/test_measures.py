"""Many checks measured at once give what each gives alone; both engines can read the SQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import duckdb
import pytest

from data_quality.checks import catalogue
from data_quality.checks.measures import Context, QueryMeasure, StructureMeasure, measure_of
from data_quality.checks.templates import relations_of, template
from data_quality.engine import lookups
from data_quality.engine.alone import alone
from data_quality.engine.candidate import opened
from data_quality.engine.relations import relations
from data_quality.engine.scans import Scanner, measure_all
from data_quality.words import DUCKDB, SPARK
from etl.settings import EngineSettings
from etl.workspace import Workspace

Spoil = Callable[..., Workspace]
TODAY = date(2023, 6, 1)

SPOIL = (
    # A bit of everything, so that few counts are zero.
    "update cdm.condition_occurrence set condition_concept_id = 200962 where person_id % 5 = 0",
    "update cdm.condition_occurrence set condition_concept_id = 1125315 where person_id % 7 = 0",
    "update cdm.condition_occurrence set condition_concept_id = 0 where person_id % 11 = 0",
    "update cdm.drug_exposure set drug_exposure_end_date = '2017-01-01' where person_id % 5 = 1",
    "update cdm.drug_exposure set visit_occurrence_id = 999 where person_id % 6 = 1",
    "update cdm.drug_exposure set drug_exposure_start_date = date '1930-01-01' where person_id = 3",
    "update cdm.measurement set unit_concept_id = 8512 where person_id % 3 = 0",
    "update cdm.measurement set unit_concept_id = null where person_id % 3 = 1",
    "update cdm.measurement set value_as_number = null where person_id % 4 = 1",
    "update cdm.procedure_occurrence set procedure_date = procedure_date + 100 where person_id = 1",
    "insert into cdm.visit_occurrence select * from cdm.visit_occurrence where person_id = 9",
    "update cdm.person set gender_concept_id = null where person_id = 12",
    "delete from cdm.provider where provider_id = 2",
)


@pytest.fixture(params=[(), SPOIL], ids=["good", "spoiled"])
def workspace(request: pytest.FixtureRequest, spoiled: Spoil) -> Workspace:
    return spoiled(*request.param)


def test_one_scan_finds_what_one_query_per_check_finds(workspace: Workspace) -> None:
    with opened(workspace.candidate, EngineSettings(), workspace.build) as candidate:
        readable = relations(candidate, workspace, DUCKDB, TODAY)
        context = Context("cdm", DUCKDB, TODAY, readable)
        together = Scanner(candidate, context)
        found = measure_all(together, catalogue(), lambda label, n: None)
        slow = Scanner(candidate, context)
        checked = 0
        for check in catalogue():
            if check.id not in found:
                continue
            measure = measure_of(check, context)
            if isinstance(measure, StructureMeasure):
                continue
            alone_found = slow.one_by_one([(check, measure)])[check.id]
            assert not alone_found.error, check.id
            assert (alone_found.violated, alone_found.denominator) == (
                found[check.id].violated,
                found[check.id].denominator,
            ), check.id
            checked += 1
    assert checked > 2000
    assert together.queries * 5 < slow.queries


def test_at_most_two_scans_a_table_serve_nine_checks_in_ten() -> None:
    context = Context("cdm", DUCKDB, TODAY)
    own_query = sum(
        isinstance(measure_of(check, context), QueryMeasure)
        for check in catalogue()
        if template(check.name) is None
    )
    assert own_query / len(catalogue()) < 0.1


def test_a_broken_check_is_an_error_and_hides_no_other(spoiled: Spoil) -> None:
    workspace = spoiled(
        "alter table cdm.drug_exposure alter quantity type varchar using 'many'",
        "update cdm.drug_exposure set provider_id = 999 where drug_exposure_id = 35",
    )
    with opened(workspace.candidate, EngineSettings(), workspace.build) as candidate:
        scanner = Scanner(candidate, Context("cdm", DUCKDB, TODAY))
        found = measure_all(scanner, catalogue(), lambda label, n: None)
    low = found["field_plausiblevaluelow_drug_exposure_quantity"]
    assert low.error
    assert found["field_isforeignkey_drug_exposure_provider_id"].violated == 1


def test_spark_can_read_the_sql() -> None:
    sqlglot = pytest.importorskip("sqlglot")
    context = Context("cdm", SPARK, TODAY)
    for check in catalogue():
        if template(check.name) is None and (
            sql := alone(check, measure_of(check, context), context)
        ):
            assert sqlglot.parse_one(sql, read="spark"), check.id
    assert sqlglot.parse_one(lookups.person_select(context), read="spark")


def test_spark_can_read_the_templates() -> None:
    sqlglot = pytest.importorskip("sqlglot")
    for check in catalogue():
        if template(check.name) is None:
            continue
        named = {name: name.replace(".", "_") for name in relations_of(check)}
        context = Context("cdm", SPARK, TODAY, named)
        sql = alone(check, measure_of(check, context), context)
        assert "isodow" not in sql
        assert sqlglot.parse_one(sql, read="spark"), check.id


def test_impossible_birth_days_do_not_break_the_lookup() -> None:
    sql = f"select {DUCKDB.make_date('2001', '2', '31')}"
    assert duckdb.sql(sql).fetchall() == [(None,)]
