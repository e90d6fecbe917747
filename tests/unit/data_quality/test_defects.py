"""Each kind of defect, put alone into a good candidate, is caught by the check that names it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pytest

from data_quality.checks import Status
from data_quality.engine.candidate import Candidate, read_inventory
from data_quality.gate import Policy
from data_quality.validation import check_candidate
from etl.ids import POSITION_BITS, VARIANTS
from etl.progress import Silent
from etl.workspace import Workspace
from tests.quality_lake import LAKE, good_lake, write_lake

TODAY = date(2023, 6, 1)
IDS_A_TABLE = VARIANTS << POSITION_BITS


@dataclass(frozen=True)
class Defect:
    """What is done, and the check that must find it."""

    caught_by: str
    statements: tuple[str, ...] = ()
    lake: tuple[tuple[str, str], ...] = ()


def sql(caught_by: str, *statements: str) -> Defect:
    return Defect(caught_by, statements)


def lake(caught_by: str, path: str, select: str) -> Defect:
    return Defect(caught_by, lake=((path, select),))


def column(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


PRS, MCO_B, MCO_C, BEN = (
    LAKE[path] for path in ("dcir/er_prs_f", "mco/t_mcoaab", "mco/t_mcoaac", "beneficiary/ir_ben_r")
)

DEFECTS = {
    "a month of dispensings is missing": sql(
        "release_monthlycontinuity_drug_exposure_drug_exposure_start_date",
        "delete from cdm.drug_exposure where drug_exposure_start_date"
        " between '2020-03-01' and '2020-03-31'",
    ),
    "the last months are cut": sql(
        "release_lastmonths_visit_occurrence_visit_start_date",
        "delete from cdm.visit_occurrence where visit_start_date > '2022-10-31'",
    ),
    "a monthly flux is missing": lake(
        "release_fluxcontinuity",
        "dcir/er_prs_f",
        f"select * from ({PRS}) where FLX_DIS_DTD <> date '2020-03-01'",
    ),
    "start and end are exchanged": sql(
        "field_plausiblestartbeforeend_visit_occurrence_visit_start_date",
        "update cdm.visit_occurrence set visit_start_date = visit_end_date,"
        " visit_end_date = visit_start_date",
    ),
    "a file is delivered twice under two names": sql(
        "release_duplicateevents_drug_exposure",
        "insert into cdm.drug_exposure select * replace (drug_exposure_id + 10000000 as"
        " drug_exposure_id) from cdm.drug_exposure where drug_exposure_start_date < '2019-01-01'",
    ),
    "a join multiplied rows": sql(
        "field_isprimarykey_measurement_measurement_id",
        "insert into cdm.measurement select * from cdm.measurement where person_id = 5",
    ),
    "dates are a century early": sql(
        "field_plausibleafterbirth_procedure_occurrence_procedure_date",
        "update cdm.procedure_occurrence set procedure_date = procedure_date - 36525"
        " where person_id % 10 = 0",
    ),
    "a sentinel became a date": sql(
        "field_plausiblevaluelow_condition_occurrence_condition_end_date",
        "update cdm.condition_occurrence set condition_end_date = '1600-01-01'"
        " where person_id % 10 = 0",
    ),
    "an open end became a date": sql(
        "field_plausiblevaluehigh_condition_occurrence_condition_end_date",
        "update cdm.condition_occurrence set condition_end_date = '2099-12-31'"
        " where person_id % 10 = 0",
    ),
    "a concept of another domain": sql(
        "field_fkdomain_condition_occurrence_condition_concept_id",
        "update cdm.condition_occurrence set condition_concept_id = 1125315 where person_id = 4",
    ),
    "a French code as standard concept": sql(
        "field_isstandardvalidconcept_condition_occurrence_condition_concept_id",
        "update cdm.condition_occurrence set condition_concept_id = 2000000001 where person_id = 4",
    ),
    "a concept was retired": sql(
        "release_conceptstillvalid_drug_exposure_drug_concept_id",
        "update cdm.concept set valid_end_date = '2018-06-01' where concept_id = 1503297",
    ),
    "an era of something else than an ingredient": sql(
        "field_fkclass_drug_era_drug_concept_id",
        "update cdm.drug_era set drug_concept_id = 4249893 where person_id = 4",
    ),
    "a concept is not in the vocabulary": sql(
        "field_isforeignkey_measurement_measurement_concept_id",
        "update cdm.measurement set measurement_concept_id = 99 where person_id = 4",
    ),
    "money below zero": sql(
        "release_costnotnegative_cost",
        "update cdm.cost set total_paid = -12.34 where cost_id % 64 = 7",
    ),
    "money without its event": sql(
        "release_costevent_cost",
        "delete from cdm.drug_exposure where person_id = 4",
    ),
    "money lost on the way": sql(
        "release_costreconciled",
        "update audit.money set amount_out = 89.99, residual = 0.01 where source_year = 2019",
    ),
    "a provider that does not exist": sql(
        "field_isforeignkey_drug_exposure_provider_id",
        "delete from cdm.provider where provider_id = 3",
    ),
    "a person that does not exist": sql(
        "field_isforeignkey_condition_occurrence_person_id",
        "update cdm.condition_occurrence set person_id = 9999 where person_id = 4",
    ),
    "a required value is empty": sql(
        "field_isrequired_visit_occurrence_visit_start_date",
        "update cdm.visit_occurrence set visit_start_date = null where person_id = 4",
    ),
    "dispensings of less than nothing": sql(
        "release_quantitynotpositive_drug_exposure",
        "update cdm.drug_exposure set quantity = -1 where person_id % 10 = 4",
    ),
    "units taken for packs": sql(
        "release_quantitybyproduct_drug_exposure",
        "update cdm.drug_exposure set quantity = quantity * 1000 where person_id % 10 = 4",
    ),
    "the ledger does not balance": sql(
        "release_ledgerresidual",
        "update audit.balance set residual = 1 where source_year = 2019",
    ),
    "a broken file in quarantine": sql(
        "release_quarantineshare",
        "update audit.balance set n_quarantined = 300 where source_year = 2019",
    ),
    "a rule that takes nearly everything": sql(
        "release_excludedshare",
        "update audit.ledger set n_rows = 900 where disposition = 'excluded'"
        " and source_year = 2019",
        "update audit.ledger set n_rows = 40 where disposition = 'event' and source_year = 2019",
    ),
    "a vocabulary was not loaded": sql(
        "field_standardconceptrecordcompleteness_drug_exposure_drug_concept_id",
        "update cdm.drug_exposure set drug_concept_id = 0 where drug_concept_id = 1503297",
    ),
    "many codes without a concept": sql(
        "field_sourcevaluecompleteness_condition_occurrence_condition_source_value",
        "update cdm.condition_occurrence set condition_concept_id = 0,"
        " condition_source_value = 'X' || person_id where person_id % 100 = 1",
    ),
    "a mapping file was lost": sql(
        "release_unmappedrecords_cim10",
        "update audit.mapping_coverage set method = 'none' where source_year < 2021",
    ),
    "a new version of a nomenclature is missing": sql(
        "release_mappingbyyear",
        "update audit.mapping_coverage set method = 'none' where source_year = 2022",
    ),
    "the source concept is lost": sql(
        "field_sourceconceptrecordcompleteness_measurement_measurement_source_concept_id",
        "update cdm.measurement set measurement_source_concept_id = 0 where person_id % 3 = 0",
    ),
    "reversals without their line": lake(
        "release_reversalorphans",
        "dcir/er_prs_f",
        f"select * replace (case when PRS_ACT_QTE < 0 then '1234' else PRS_NAT_REF end"
        f" as PRS_NAT_REF) from ({PRS})",
    ),
    "stays that cannot be tied to a person": lake(
        "release_stayreturncodes",
        "mco/t_mcoaac",
        column(MCO_C, "'0' as NIR_RET", "case when i % 4 = 0 then '2' else '0' end as NIR_RET"),
    ),
    "stays that the grouper refused": lake(
        "release_staygrouperror",
        "mco/t_mcoaab",
        column(MCO_B, "'05M09'", "case when i % 5 = 0 then '90Z00' else '05M09' end"),
    ),
    "stays without end": sql(
        "release_staylength_visit_occurrence",
        "update cdm.visit_occurrence set visit_end_date = visit_start_date + 800"
        " where person_id % 50 = 2 and visit_start_date < '2020-01-01'",
    ),
    "a pseudonym for several persons": lake(
        "release_personsperpsa",
        "beneficiary/ir_ben_r",
        column(BEN, "'P' || i as BEN_NIR_PSA", "'P' || i // 2 as BEN_NIR_PSA"),
    ),
    "a time zone moved all dates by a day": sql(
        "release_weeklyrhythm_drug_exposure_drug_exposure_start_date",
        # First a week with its quiet Sunday, then the shift.
        "update cdm.drug_exposure set drug_exposure_start_date = drug_exposure_start_date - 1"
        " where extract(isodow from drug_exposure_start_date) = 7",
        "update cdm.drug_exposure set drug_exposure_start_date = drug_exposure_start_date + 1",
    ),
    "acts recorded in both DCIR and PMSI": sql(
        "release_sourceoverlap_procedure_occurrence",
        # 20 is ER_PRS_F, 44 is T_MCOaaA.
        "insert into cdm.procedure_occurrence select * replace (procedure_occurrence_id"
        f" + 20 * {IDS_A_TABLE} as procedure_occurrence_id) from cdm.procedure_occurrence",
        "insert into cdm.procedure_occurrence select * replace (procedure_occurrence_id"
        f" + 44 * {IDS_A_TABLE} as procedure_occurrence_id) from cdm.procedure_occurrence"
        f" where procedure_occurrence_id < {IDS_A_TABLE}",
    ),
    "observation periods end too early": sql(
        "release_eventsobserved_drug_exposure_drug_exposure_start_date",
        "update cdm.observation_period set observation_period_end_date = '2021-06-30'",
    ),
    "observation periods overlap": sql(
        "table_measureobservationperiodoverlap_observation_period",
        "insert into cdm.observation_period select * replace (observation_period_id + 1 as"
        " observation_period_id) from cdm.observation_period where person_id = 4",
    ),
    "care long after death": sql(
        "field_plausiblebeforedeath_visit_occurrence_visit_start_date",
        "update cdm.death set death_date = '2020-01-01'",
    ),
    "sex was read the wrong way round": sql(
        "concept_plausiblegenderusedescendants_condition_occurrence_condition_concept_id"
        "_4090861,4025213",
        "update cdm.condition_occurrence set condition_concept_id = 200962 where person_id % 2 = 0",
    ),
    "an unlikely unit": sql(
        "concept_plausibleunitconceptids_measurement_measurement_concept_id_3016723",
        "update cdm.measurement set unit_concept_id = 8756 where person_id % 3 = 0",
    ),
    "an event far from its visit": sql(
        "field_withinvisitdates_procedure_occurrence_procedure_date",
        "update cdm.procedure_occurrence set procedure_date = procedure_date + 60"
        " where person_id % 5 = 0",
    ),
    "eras were not rebuilt": sql(
        "table_measureconditioneracompleteness_condition_era",
        "delete from cdm.condition_era where person_id > 100",
    ),
    "nearly no person has a visit": sql(
        "table_measurepersoncompleteness_visit_occurrence",
        "delete from cdm.visit_occurrence where person_id > 10",
    ),
    "a column is missing": sql(
        "field_cdmfield_drug_exposure_days_supply",
        "alter table cdm.drug_exposure drop days_supply",
    ),
    "a table is missing": sql("table_cdmtable_note", "drop table cdm.note"),
    "a column of another type": sql(
        "field_columntype_drug_exposure_quantity",
        "alter table cdm.drug_exposure alter quantity type varchar",
    ),
    "identifiers are not whole numbers": sql(
        "field_cdmdatatype_provider_year_of_birth",
        "alter table cdm.provider alter year_of_birth type double",
        "update cdm.provider set year_of_birth = 1960.5",
    ),
    "a text too long for its column": sql(
        "field_columnwidth_condition_occurrence_condition_source_value",
        "update cdm.condition_occurrence set condition_source_value = repeat('x', 80)"
        " where person_id = 4",
    ),
    "two sources at once": sql(
        "table_onerow_cdm_source", "insert into cdm.cdm_source select * from cdm.cdm_source"
    ),
    "a person dies twice": sql(
        "table_uniquerow_death", "insert into cdm.death select * from cdm.death where person_id = 1"
    ),
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = Workspace(tmp_path_factory.mktemp("defects"))
    made.create()
    good_lake(made)
    return made


@pytest.fixture
def connection(pristine: Path, workspace: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    """A fresh copy of the good candidate."""
    shutil.copyfile(pristine, workspace.candidate)
    with duckdb.connect(str(workspace.candidate)) as opened:
        yield opened


def failed(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> dict[str, Status]:
    candidate = Candidate(connection, read_inventory(connection))
    findings = check_candidate(candidate, workspace, Policy(), today=TODAY, progress=Silent())
    return {
        result.check.id: result.status
        for result in findings.results
        if result.status in (Status.FAIL, Status.ERROR)
    }


def test_there_are_forty_kinds_at_least() -> None:
    assert len(DEFECTS) >= 40
    assert len({defect.caught_by for defect in DEFECTS.values()}) == len(DEFECTS)


def test_the_good_candidate_fails_nothing(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace
) -> None:
    assert failed(connection, workspace) == {}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_caught_by_the_check_that_names_it(
    name: str, connection: duckdb.DuckDBPyConnection, workspace: Workspace
) -> None:
    defect = DEFECTS[name]
    for statement in defect.statements:
        connection.execute(statement)
    for path, select in defect.lake:
        write_lake(workspace, path, select)
    try:
        found = failed(connection, workspace)
    finally:
        for path, _ in defect.lake:
            write_lake(workspace, path, LAKE[path])
    assert found.get(defect.caught_by) is Status.FAIL
