"""PMSI and CépiDc in the CDM against the generator's answer key: exactly equal, not about equal.

What the key does not hold is compared with the delivered files: causes of death, purposes of
rehabilitation (FP_PEC), diagnoses of ambulatory psychiatry. Before 2020 the key gives the day of an
ambulatory psychiatric act, the files its month: months are compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from etl.configuration import load_settings
from etl.contracts.registry import contracts
from etl.loaders import stage
from etl.progress import Silent
from etl.synthetic import generate
from etl.transform import build
from etl.vocabulary import load_demo
from etl.workspace import Workspace
from tests.integration.pmsi_places import (
    ACTS,
    DETAILS,
    DEVICES,
    DIAGNOSES,
    DRUGS,
    FINESS,
    KINDS,
    MONEY,
    ROLES,
    SITE,
    TESTS,
    VISITS,
    YEARS,
    events,
    made_from,
)
from tests.integration.test_dcir_answers import DAY, connection, rows, same

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pmsi")


@pytest.fixture(scope="module")
def cdm(root: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A built candidate over these years, with the answer key as views."""
    generate(root / "delivery", persons=600, seed=13, years=YEARS)
    workspace = Workspace(root / "workspace")
    workspace.create()
    settings = load_settings(environment={})
    stage(root / "delivery", workspace, settings)
    load_demo(workspace, settings)
    build(workspace, settings, progress=Silent())
    with connection(workspace, root / "delivery") as opened:
        yield opened


@pytest.mark.parametrize("source", VISITS)
def test_visits(cdm: duckdb.DuckDBPyConnection, source: str) -> None:
    kinds = ", ".join(f"('{kind}', {concept})" for kind, concept in KINDS.items())
    same(
        cdm,
        "select person_key, visit_concept_id, visit_start_date, visit_end_date, "
        "care_site_source_value from cdm.visit_occurrence as visit join who using (person_id) "
        f"left join cdm.care_site {SITE} where {made_from('visit_occurrence_id', VISITS[source])}",
        f"select person_key, concept, {DAY.format('start_date')}, {DAY.format('end_date')}, "
        f"{FINESS} from answer_visits join (values {kinds}) as kinds(kind, concept) "
        f"using (kind) where source = '{source}'",
    )


def test_ambulatory_psychiatry(cdm: duckdb.DuckDBPyConnection) -> None:
    """R37; the day is known since 2020, the month before."""

    def shown(day: str) -> str:
        month = f"cast(date_trunc('month', {day}) as date)"
        return f"case when {day} < '2020-01-01' then {month} else {day} end"

    same(
        cdm,
        "select person_key, visit_concept_id, visit_start_date, care_site_source_value "
        "from cdm.visit_occurrence as visit join who using (person_id) "
        f"left join cdm.care_site {SITE} where {made_from('visit_occurrence_id', 'T_RIPaaR3A')}",
        f"select person_key, 9202, {shown(DAY.format('start_date'))}, {FINESS} "
        "from answer_visits where source = 'RIP_R3A'",
    )


@pytest.mark.parametrize("source", DETAILS)
def test_visit_details(cdm: duckdb.DuckDBPyConnection, source: str) -> None:
    same(
        cdm,
        "select care_site_source_value, visit_detail_start_date, visit_detail_end_date "
        "from cdm.visit_detail join cdm.visit_occurrence as visit using (visit_occurrence_id) "
        f"left join cdm.care_site {SITE} where {made_from('visit_detail_id', DETAILS[source])}",
        f"select {FINESS}, {DAY.format('start_date')}, {DAY.format('end_date')} "
        f"from answer_visit_details where source = '{source}'",
    )


#: Diagnoses that name a procedure which an act of the stay may name too (docs/adr/0046).
NAME_A_PROCEDURE = ("Z491", "Z5101", "Z508", "Z080", "Z098", "Z470")


@pytest.mark.parametrize("source", DIAGNOSES)
def test_diagnoses(cdm: duckdb.DuckDBPyConnection, source: str) -> None:
    """R32: once a visit, wherever they are; the key lists each year of a visit."""
    once = "" if source == "MCO" else "distinct"
    found = rows(cdm, events(DIAGNOSES[source]))
    expected = rows(
        cdm,
        f"select {once} person_key, {FINESS}, {DAY.format('start_date')}, code "
        f"from answer_conditions where source = '{source}'",
    )
    assert found
    assert not (found - expected)
    left_to_an_act = expected - found
    assert {code for *_, code in left_to_an_act} <= set(NAME_A_PROCEDURE)
    acts = rows(
        cdm,
        "select distinct person_key, care_site_source_value, replace(concept_code, '.', '') "
        "from cdm.procedure_occurrence as event join who using (person_id) "
        "join cdm.visit_occurrence as visit using (visit_occurrence_id) "
        f"left join cdm.care_site {SITE} join cdm.concept_relationship as maps "
        "on relationship_id = 'Maps to' and concept_id_2 = procedure_concept_id "
        "join cdm.concept as diagnosis on diagnosis.concept_id = concept_id_1 "
        "and diagnosis.vocabulary_id = 'SNDS_CIM10' "
        f"where {made_from('procedure_occurrence_id', *ACTS.get(source, ()))}"
        if source in ACTS
        else "select 1 where false",
    )
    without_act = {
        (person, site, code)
        for person, site, _, code in left_to_an_act
        if not acts[person, site, code]
    }
    assert without_act == set()


@pytest.mark.parametrize("source", DIAGNOSES)
def test_roles_of_diagnoses(cdm: duckdb.DuckDBPyConnection, source: str) -> None:
    """Only conditions keep their role: what went to another domain has no column for it."""
    roles = ", ".join(f"('{status}', '{role}')" for status, role in ROLES.items())
    tables = DIAGNOSES[source]
    found = rows(
        cdm,
        " union all ".join(
            "select person_key, condition_start_date, condition_source_value, role "
            "from cdm.condition_occurrence join who using (person_id) "
            f"left join (values {roles}) as roles(condition_status_source_value, role) "
            "using (condition_status_source_value) "
            f"where {made_from('condition_occurrence_id', table)} "
            f"and condition_occurrence_id % 32 < {count}"
            for table, count in tables.items()
        ),
    )
    expected = rows(
        cdm,
        f"select person_key, {DAY.format('start_date')}, code, role from answer_conditions "
        f"where source = '{source}'",
    )
    assert found
    assert not (found - expected)


@pytest.mark.parametrize("source", ACTS)
def test_acts(cdm: duckdb.DuckDBPyConnection, source: str) -> None:
    """R33: the day is right on both sides of 2020, when delays changed their base.

    The key knows of acts of years before their tables existed: CSARR 2014 (a + in the code),
    T_RIPaaCCAM 2017.
    """
    year = "split_part(business_key, '|', 3)"
    same(
        cdm,
        events(dict.fromkeys(ACTS[source], 1)),
        f"select person_key, {FINESS}, {DAY.format('date')}, code from answer_procedures "
        f"where source = '{source}' "
        f"and (code not like '%+%' or {year} >= '2014') and (source <> 'RIP' or {year} >= '2017')",
    )


@pytest.mark.parametrize("source", TESTS)
def test_laboratory_tests(cdm: duckdb.DuckDBPyConnection, source: str) -> None:
    """R26: of a private stay, those that DCIR does not record."""
    same(
        cdm,
        events({TESTS[source]: 1}),
        f"select person_key, {FINESS}, {DAY.format('date')}, code from answer_measurements "
        f"where source = '{source}'",
    )


@pytest.mark.parametrize("source", DRUGS)
def test_drugs_paid_in_addition_to_the_tariff(cdm: duckdb.DuckDBPyConnection, source: str) -> None:
    """R38: what was given once, in the quantity that was given; public and private stays."""
    same(
        cdm,
        "select person_key, drug_exposure_start_date, drug_exposure_end_date, drug_source_value, "
        "round(quantity, 6) from cdm.drug_exposure join who using (person_id) "
        f"where {made_from('drug_exposure_id', *DRUGS[source])} and drug_exposure_id % 32 = 0",
        f"select person_key, {DAY.format('date')}, {DAY.format('date')}, code, "
        f"round(cast(quantity as double), 6) from answer_drugs where source = '{source}'",
    )


@pytest.mark.parametrize("source", DEVICES)
def test_implants(cdm: duckdb.DuckDBPyConnection, source: str) -> None:
    same(
        cdm,
        events(DEVICES[source]),
        f"select person_key, {FINESS}, {DAY.format('date')}, code from answer_devices "
        f"where source = '{source}'",
    )


@pytest.mark.parametrize("table", ["T_MCOaaFHSTC", "T_MCOaaFH"])
def test_drugs_that_dcir_records_are_not_recorded_twice(
    cdm: duckdb.DuckDBPyConnection, table: str
) -> None:
    """R26: dispensed by a public hospital, or paid on top of a private stay's tariff."""
    found = cdm.sql(
        "select disposition, sum(n_rows) filter (where rule_id = 'R26') > 0 from audit.ledger "
        f"where source_table = '{table}' group by all"
    ).fetchall()
    assert found == [("excluded", True)]


def test_causes_of_death(cdm: duckdb.DuckDBPyConnection, root: Path) -> None:
    """R42: every cause of a certificate that speaks of one person, once, with its status."""
    for name in ("KI_CCI_R", "KI_ECD_R"):
        cdm.execute(
            f"create or replace temp view {name} as select * from "
            f"read_csv('{root / 'delivery' / name}.csv', all_varchar=true, delim=';', header=true)"
        )
    certificates = (
        "with certificates as (select DCD_IDT_ENC, BEN_IDT_ANO, DCD_CIM_COD from KI_CCI_R "
        "where DCD_IDT_TOP = '1' qualify count(*) over (partition by BEN_IDT_ANO) = 1), "
        "causes as (select BEN_IDT_ANO, death_date, ECD_CIM_COD, min(case "
        "when ECD_CIM_COD = DCD_CIM_COD then 32911 when CER_LIG_NUM = '1' then 32897 "
        "else 32894 end) as status from certificates join KI_ECD_R "
        "using (DCD_IDT_ENC, BEN_IDT_ANO) join who on BEN_IDT_ANO = person_key "
        "join cdm.death using (person_id) group by 1, 2, 3) "
    )
    same(
        cdm,
        "select person_key, day, code from (" + events({"KI_ECD_R": 1}) + ") "
        "as event(person_key, site, day, code)",
        certificates + "select BEN_IDT_ANO, death_date, ECD_CIM_COD from causes",
    )
    # only conditions have a status
    found = rows(
        cdm,
        "select person_key, condition_start_date, condition_source_value, "
        "condition_status_concept_id from cdm.condition_occurrence join who using (person_id) "
        f"where {made_from('condition_occurrence_id', 'KI_ECD_R')} "
        "and condition_occurrence_id % 32 = 0",
    )
    assert found
    assert not found - rows(cdm, certificates + "select * from causes")


def test_purposes_and_ambulatory_diagnoses(cdm: duckdb.DuckDBPyConnection) -> None:
    """The key does not list them: FP_PEC until February 2023, DGN_PAL and ASS_DGN of R3A."""
    purposes = events({"T_SSRaaB": 3}).replace("% 32 < 3", "% 32 = 2")
    assert rows(cdm, purposes)
    same(
        cdm,
        "select person_key, code from (" + events({"T_RIPaaR3A": 1, "T_RIPaaR3AD": 1}) + ") "
        "as event(person_key, site, day, code) group by all",
        "select distinct person_key, code from (select person_id, DGN_PAL as code "
        "from intermediate.int_rip_ambulatory__grouped where DGN_PAL is not null union all "
        "select person_id, ASS_DGN from staging.stg_rip__t_ripaar3ad as other "
        "join intermediate.int_rip_ambulatory__grouped as act "
        "on act._source_year = other._source_year and act.finess = other.ETA_NUM_EPMSI "
        "and act.ORD_NUM = other.ORD_NUM) join who using (person_id)",
    )


def test_transfers(cdm: duckdb.DuckDBPyConnection) -> None:
    """A stay that begins on the day another one ends follows it."""
    with_nights = (
        "kind in ('inpatient', 'day_case', 'emergency_inpatient', 'rehabilitation', "
        "'home_hospital', 'psychiatric_full_time')"
    )
    start, end = DAY.format("{0}.start_date"), DAY.format("{0}.end_date")
    found = rows(
        cdm,
        "select distinct person_key, visit_start_date from cdm.visit_occurrence "
        "join who using (person_id) where preceding_visit_occurrence_id is not null",
    )
    expected = rows(
        cdm,
        f"select distinct later.person_key, {start.format('later')} from answer_visits as later "
        f"join answer_visits as earlier on later.person_key = earlier.person_key "
        f"and {start.format('later')} = {end.format('earlier')} "
        f"and {start.format('later')} > {start.format('earlier')} "
        f"where later.{with_nights} and earlier.{with_nights}",
    )
    assert found == expected


@pytest.mark.parametrize("table", MONEY)
def test_money_of_hospitals(cdm: duckdb.DuckDBPyConnection, table: str) -> None:
    """What was paid for each stay, by payer, to the cent, at the hospital that was paid."""
    money = "cast({0} as decimal(18, 2))"
    same(
        cdm,
        "select care_site_source_value, amount_allowed, paid_by_payer from cdm.cost "
        "join cdm.visit_occurrence as visit on cost_event_id = visit_occurrence_id "
        f"left join cdm.care_site {SITE} "
        f"where cost_domain_id = 'Visit' and {made_from('cost_id', table)}",
        f"select {FINESS}, {money.format('base')}, {money.format('refund')} "
        f"from answer_stay_costs where source = '{table}' union all "
        f"select {FINESS}, null, {money.format('rest')} "
        f"from answer_stay_costs where source = '{table}' and cast(rest as double) <> 0",
    )


def test_every_trap_of_hospitals_was_met(cdm: duckdb.DuckDBPyConnection) -> None:
    """Rows by rule and table: what was planted is what the ledger has, and nothing else."""
    tables = ", ".join(
        f"'{contract.table}'"
        for contract in contracts().values()
        if contract.product in ("mco", "ssr", "had", "rip")
        and contract.table not in ("T_MCOaaFHSTC", "T_MCOaaFH")
    )
    same(
        cdm,
        "select source_table, rule_id, cast(sum(n_rows) as bigint) from audit.ledger "
        f"where disposition = 'excluded' and source_table in ({tables}) group by all",
        "select source_table, rule_id, cast(sum(cast(rows_expected as bigint)) as bigint) "
        f"from answer_traps where disposition = 'excluded' and source_table in ({tables}) "
        "group by all",
    )


def test_second_bills_are_merged(cdm: duckdb.DuckDBPyConnection) -> None:
    """R39: a bill more is no visit more."""
    same(
        cdm,
        "select cast(sum(n_rows) as bigint) from audit.ledger "
        "where source_table = 'T_MCOaaCSTC' and disposition = 'merged'",
        "select sum(cast(rows_expected as bigint)) from answer_traps "
        "where source_table = 'T_MCOaaCSTC' and disposition = 'merged'",
    )


def test_balance(cdm: duckdb.DuckDBPyConnection) -> None:
    assert cdm.sql("select * from audit.balance where residual <> 0").fetchall() == []
