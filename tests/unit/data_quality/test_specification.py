"""The specification: complete, without repetition, and true to DQD 2.8.4."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml

from data_quality.checks import catalogue, check_types
from data_quality.checks.benchmarks import benchmarks
from data_quality.checks.catalogue import HERE
from data_quality.checks.pages import PAGES, main, render
from data_quality.checks.templates import FOLDER, template
from data_quality.dqd import _SQL_FILES
from data_quality.texts import LANGUAGES, check_text
from etl.contracts.cdm import cdm_tables

# Instances by type in DQD 2.8.4 for CDM 5.4, counted in its own files.
DQD = {
    "cdmTable": 39, "cdmField": 431, "cdmDatatype": 210, "isRequired": 180, "isPrimaryKey": 28,
    "isForeignKey": 177, "fkDomain": 43, "fkClass": 3, "isStandardValidConcept": 64,
    "measurePersonCompleteness": 16, "measureConditionEraCompleteness": 1,
    "measureObservationPeriodOverlap": 1, "measureValueCompleteness": 431,
    "standardConceptRecordCompleteness": 48, "sourceConceptRecordCompleteness": 13,
    "sourceValueCompleteness": 32, "plausibleValueLow": 68, "plausibleValueHigh": 60,
    "plausibleTemporalAfter": 53, "plausibleDuringLife": 34, "withinVisitDates": 9,
    "plausibleAfterBirth": 49, "plausibleBeforeDeath": 47, "plausibleStartBeforeEnd": 24,
    "plausibleGender": 287, "plausibleGenderUseDescendants": 4, "plausibleUnitConceptIds": 181,
}  # fmt: skip


def test_every_dqd_check_is_there() -> None:
    counted = Counter(check.name for check in catalogue() if check.type.catalogue == "DQD")
    assert counted == DQD
    assert sum(counted.values()) == 2533


def test_categories_and_severities_are_those_of_dqd() -> None:
    dqd = [check.type for check in catalogue() if check.type.catalogue == "DQD"]
    assert Counter(kind.category for kind in dqd) == {
        "Conformance": 1175,
        "Completeness": 541,
        "Plausibility": 817,
    }
    assert Counter(str(kind.severity) for kind in dqd) == {
        "fatal": 1066,
        "convention": 220,
        "characterization": 1247,
    }
    assert Counter(kind.context for kind in dqd) == {"Verification": 2045, "Validation": 488}


@pytest.mark.parametrize(
    "check_id",
    [
        "table_cdmtable_person",
        "field_isrequired_person_person_id",
        "field_plausiblestartbeforeend_visit_occurrence_visit_start_date",
        "concept_plausibleunitconceptids_measurement_measurement_concept_id_3016723",
        "concept_plausiblegenderusedescendants_procedure_occurrence_procedure_concept_id"
        "_4250917,4077750,4043199,4040577",
    ],
)
def test_ids_are_spelled_as_dqd_spells_them(check_id: str) -> None:
    assert check_id in {check.id for check in catalogue()}


def test_duplicates_that_dqd_deprecates_are_named() -> None:
    superseded = {name for name, kind in check_types().items() if kind.superseded_by}
    assert superseded == {"plausibleTemporalAfter", "plausibleDuringLife", "plausibleGender"}


def test_every_check_names_existing_tables_and_fields() -> None:
    tables = cdm_tables()
    for check in catalogue():
        if check.table:
            fields = {field.name for field in tables[check.table].fields}
            assert not check.field or check.field in fields, check.id


def test_every_kind_of_check_speaks_both_languages() -> None:
    texts = yaml.safe_load((HERE / "texts.yml").read_text("utf-8"))
    assert set(texts) == set(check_types())
    for check in catalogue():
        for language in LANGUAGES:
            for part in ("title", "rule", "remedy"):
                sentence = check_text(check, part, language)  # type: ignore[arg-type]
                assert sentence
                assert "{" not in sentence


def test_every_kind_of_check_can_be_measured() -> None:
    snds = {name for name, kind in check_types().items() if kind.catalogue == "SNDS"}
    assert {path.stem for path in FOLDER.glob("*.sql")} == snds
    assert all(template(name) for name in snds)


def test_every_dqd_type_has_its_file_name() -> None:
    assert set(_SQL_FILES) == set(DQD)


def test_national_figures_lie_in_their_band_and_name_their_source() -> None:
    for benchmark in benchmarks():
        assert benchmark.low < benchmark.published < benchmark.high
        assert benchmark.source
        assert benchmark.sql


def test_the_reference_pages_list_every_check_type(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 0
    for language in LANGUAGES:
        page = (tmp_path / PAGES[language]).read_text("utf-8")
        assert page == render(language)
        assert [name for name in check_types() if f"| `{name}`" not in page] == []
