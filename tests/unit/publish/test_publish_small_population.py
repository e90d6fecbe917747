"""Months of periods in a CDM of few persons: the window of the delivery is that of each of them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from etl.publish.cells import SMALL_POPULATION
from etl.publish.families import achilles_families
from etl.publish.onboarding import MONTHS, onboarding_families
from etl.workspace import Workspace
from tests.quality_candidate import good_candidate

OF_PERIODS = {"110", "111", "112", "117", "1411"}


@pytest.mark.parametrize(
    ("persons", "months"), [(SMALL_POPULATION - 1, False), (SMALL_POPULATION, True)]
)
def test_months_of_periods_need_a_population(tmp_path: Path, persons: int, *, months: bool) -> None:
    candidate = good_candidate(Workspace(tmp_path), persons=persons, events=240)
    with duckdb.connect(str(candidate)) as connection:
        connection.execute("create schema if not exists results")
        connection.execute(
            "create or replace table results.achilles_results as select * from (values"
            f" (1, null, {persons}), (2, '8507', {persons}), (110, '202101', {persons}),"
            f" (111, '202101', {persons}), (112, '202112', {persons}), (117, '202101', {persons}),"
            f" (1411, '2021-01-01', {persons}), (420, '202104', {persons}))"
            " as a (analysis_id, stratum_1, count_value)"
        )
        for number in range(2, 6):
            connection.execute(
                f"alter table results.achilles_results add column stratum_{number} varchar"
            )
        shown = {
            key[0]
            for family in achilles_families(connection, "results", "cdm")
            for key in family.cells
        }
        extents = {
            key[0]
            for family in onboarding_families(connection, "cdm")
            if family.name == MONTHS
            for key in family.cells
        }
    assert (shown >= OF_PERIODS, bool(shown & OF_PERIODS)) == (months, months)
    assert shown >= {"1", "2", "420"}
    assert ("observation_period" in extents) == months
    assert "visit_occurrence" in extents
