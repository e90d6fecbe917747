"""Cohorts are counted at each release and compared with the one in use."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from pydantic import ValidationError

from data_quality.cohorts import Cohort, cohorts, run_cohorts
from data_quality.cohorts.concepts import VOCABULARIES
from data_quality.cohorts.smoke import is_stable
from etl import release
from etl.settings import Settings
from etl.workspace import Workspace
from tests.small_candidate import accept, build_candidate


def test_definitions_are_whole() -> None:
    ids = [cohort.id for cohort in cohorts()]
    assert len(ids) == len(set(ids))
    for cohort in cohorts():
        assert set(cohort.title) == {"fr", "en"}
        for criterion in cohort.criteria():
            assert criterion.concepts or criterion.codes or criterion.source_values
            assert set(criterion.codes) <= set(VOCABULARIES)
            assert not any(
                "." in prefix for prefixes in criterion.codes.values() for prefix in prefixes
            )


def test_unknown_words_are_errors() -> None:
    entry = {"domain": "condition", "concept": [1]}
    with pytest.raises(ValidationError):
        Cohort.model_validate(
            {"id": "x", "group": "ehds", "title": {"fr": "", "en": ""}, "entry": [entry]}
        )


def test_results_travel_with_the_release_and_the_next_one_compares(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace")
    build_candidate(workspace)
    first = {result.id: result for result in run_cohorts(workspace, Settings())}
    assert first["covid_19"].persons == 30
    assert first["guillain_barre"].persons == 30
    assert first["kawasaki"].persons == 0
    assert first["covid_19"].stable is None
    made = release.create(workspace, Settings())
    kept = json.loads((made.path / "quality" / "cohorts.json").read_text())
    assert len(kept) == len(cohorts())
    build_candidate(workspace, persons=40)
    accept(workspace)
    second = {result.id: result for result in run_cohorts(workspace, Settings())}
    assert (second["covid_19"].persons, second["covid_19"].previous_persons) == (10, 30)
    assert second["covid_19"].stable is True
    assert second["diabetes_type_2"].stable is False
    assert second["kawasaki"].stable is True


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        ((10, 100), (None, None), None),
        ((0, 100), (0, 100), True),
        ((1, 100), (0, 100), False),
        ((12, 100), (10, 100), True),
        ((13, 100), (10, 100), False),
        ((20, 200), (10, 100), True),
    ],
)
def test_stability(
    now: tuple[int, int], before: tuple[int | None, int | None], expected: bool | None
) -> None:
    assert is_stable(now, before) is expected


def test_cover_is_found_by_the_source_value(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace")
    build_candidate(workspace)
    with duckdb.connect(str(workspace.candidate)) as connection:
        connection.execute(
            "update cdm.payer_plan_period set plan_source_value = 'C2S' where person_id <= 20"
        )
        connection.execute(
            "update cdm.measurement set measurement_concept_id = 706163 "
            "where person_id between 16 and 40"
        )
        connection.execute(
            "update cdm.drug_exposure set drug_source_value = 'COVID-19 X' "
            "where person_id = 3 and drug_exposure_start_date > date '2021-01-01'"
        )
    results = {result.id: result for result in run_cohorts(workspace, Settings())}
    assert results["c2s_tested_or_vaccinated"].persons == 6
