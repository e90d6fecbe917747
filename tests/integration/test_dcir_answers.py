"""The DCIR side of the CDM against the generator's answer key: exactly equal, not about equal.

The key names persons by their SNDS pseudonym; the registry in the workspace by their person_id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from etl.configuration import load_settings
from etl.contracts.registry import contracts
from etl.ids import POSITION_BITS, VARIANTS
from etl.loaders import stage
from etl.progress import Silent
from etl.synthetic import generate
from etl.transform import build
from etl.vocabulary import load_demo
from etl.workspace import Workspace

pytestmark = pytest.mark.slow

#: Concept of each kind of visit of the answer key (OMOP Visit vocabulary).
VISIT_CONCEPTS = {
    "office": 9202, "home": 581476, "telehealth": 722455, "pharmacy": 581458, "laboratory": 32036,
}  # fmt: skip


@pytest.fixture(scope="module")
def cdm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A built candidate, with the answer key as views ``answer_<name>``."""
    root = tmp_path_factory.mktemp("dcir")
    generate(root / "delivery", persons=150, seed=4, years=range(2018, 2023))
    workspace = Workspace(root / "workspace")
    workspace.create()
    settings = load_settings(environment={})
    stage(root / "delivery", workspace, settings)
    load_demo(workspace, settings)
    build(workspace, settings, progress=Silent())
    with connection(workspace, root / "delivery") as opened:
        yield opened


def connection(workspace: Workspace, delivery: Path) -> duckdb.DuckDBPyConnection:
    opened = duckdb.connect(str(workspace.candidate), config={"threads": 1})
    opened.execute(f"attach '{workspace.registry}' as registry (read_only)")
    opened.execute("create temp view who as select person_id, person_key from "
                   "registry.person_registry")  # fmt: skip
    for file in (delivery / "answers").glob("*.csv"):
        opened.execute(
            f"create temp view answer_{file.stem} as select * from "
            f"read_csv('{file}', all_varchar=true, delim=';', header=true)"
        )
    opened.execute(
        "create temp view contract as select * from "
        f"read_csv('{delivery / 'IR_MTT_R.csv'}', all_varchar=true, delim=';', header=true)"
    )
    opened.execute(
        "create temp view pack as select PHA_CIP_C13 as code, PHA_UPC_NBR as units "
        f"from read_csv('{delivery / 'IR_PHA_R.csv'}', all_varchar=true, delim=';', header=true)"
    )
    return opened


def rows(cdm: duckdb.DuckDBPyConnection, query: str) -> Counter[tuple[object, ...]]:
    """Rows as a multiset: their order has no meaning."""
    return Counter(cdm.sql(query).fetchall())


def same(cdm: duckdb.DuckDBPyConnection, found: str, expected: str) -> None:
    """The two queries give the same rows, as many times; and there are some."""
    got, wanted = rows(cdm, found), rows(cdm, expected)
    assert wanted
    missing, extra = wanted - got, got - wanted
    assert not missing, f"in the answer key only: {list(missing.items())[:9]}"
    assert not extra, f"in the CDM only: {list(extra.items())[:9]}"


def made_from(table: str, key: str) -> str:
    """Condition: a CDM id that comes from this source table."""
    return f"floor({key} / {VARIANTS << POSITION_BITS}) = {contracts()[table].number}"


def first(key: str) -> str:
    """Condition: the row of the first standard concept, for codes that have several."""
    return f"{key} % 32 = 0"


DAY = "cast(strptime(nullif({}, ''), '%d/%m/%Y') as date)"


def test_persons(cdm: duckdb.DuckDBPyConnection) -> None:
    same(
        cdm,
        "select person_key, gender_source_value, year_of_birth, zip, birth_datetime "
        "from cdm.person join who using (person_id) left join ("
        "select location_id, location_source_value as zip from cdm.location) using (location_id)",
        "select person_key, sex, cast(birth_year as integer), commune, null from answer_persons",
    )


def test_the_doctor_of_a_person_is_the_last_one_declared(cdm: duckdb.DuckDBPyConnection) -> None:
    key = "coalesce(BEN_IDT_ANO, BEN_NIR_ANO, BEN_NIR_PSA || BEN_RNG_GEM)"
    same(
        cdm,
        "select person_key, provider_source_value from cdm.person join who using (person_id) "
        "join cdm.provider using (provider_id)",
        f"select {key} as key, max_by(MTT_PFS_NUM, {DAY.format('MTT_DEB_DTE')}) from contract "
        f"where {key} in (select person_key from who) group by 1",
    )


def test_excluded_persons_are_nowhere(cdm: duckdb.DuckDBPyConnection) -> None:
    known = cdm.sql("select person_key from who").fetchall()
    excluded = cdm.sql("select person_key from answer_excluded_persons").fetchall()
    assert excluded
    assert not set(known) & set(excluded)


def test_deaths(cdm: duckdb.DuckDBPyConnection) -> None:
    same(
        cdm,
        "select person_key, death_date, cause_source_value from cdm.death join who "
        "using (person_id)",
        f"select person_key, {DAY.format('death_date')}, nullif(cause, '') from answer_deaths",
    )


def test_dcir_visits(cdm: duckdb.DuckDBPyConnection) -> None:
    concepts = ", ".join(f"('{kind}', {concept})" for kind, concept in VISIT_CONCEPTS.items())
    same(
        cdm,
        "select person_key, visit_concept_id, visit_start_date, visit_end_date, "
        "coalesce(provider_source_value, substr(care_site_source_value, 1, 8)) "
        "from cdm.visit_occurrence join who using (person_id) "
        "left join cdm.provider using (provider_id) "
        "left join cdm.care_site on visit_occurrence.care_site_id = care_site.care_site_id "
        f"where {made_from('ER_PRS_F', 'visit_occurrence_id')}",
        f"select person_key, concept, {DAY.format('start_date')}, {DAY.format('end_date')}, "
        f"business_key from answer_visits join (values {concepts}) as kinds(kind, concept) "
        "using (kind) where source = 'DCIR'",
    )


def test_dispensed_drugs(cdm: duckdb.DuckDBPyConnection) -> None:
    """R24: boxes × units of a pack that IR_PHA_R knows."""
    same(
        cdm,
        "select person_key, drug_exposure_start_date, drug_source_value, quantity, "
        "provider_source_value from cdm.drug_exposure join who using (person_id) "
        "left join cdm.provider using (provider_id) "
        f"where {made_from('ER_PHA_F', 'drug_exposure_id')} and {first('drug_exposure_id')}",
        f"select person_key, {DAY.format('date')}, code, "
        "cast(quantity as double) * cast(coalesce(units, '1') as double), prescriber "
        "from answer_drugs left join pack using (code) "
        "where source = 'DCIR' and code_system = 'CIP13'",
    )


def test_a_vaccine_and_fosfomycin_are_used_for_a_day(cdm: duckdb.DuckDBPyConnection) -> None:
    """ADR 69: the key names the dispensings whose class states the days of use."""
    dispensed = f"{made_from('ER_PHA_F', 'drug_exposure_id')} and {first('drug_exposure_id')}"
    same(
        cdm,
        "select person_key, drug_exposure_start_date, drug_source_value from cdm.drug_exposure "
        f"join who using (person_id) where {dispensed} "
        "and drug_exposure_end_date = drug_exposure_start_date",
        f"select person_key, {DAY.format('date')}, code from answer_drugs where days = '1'",
    )


@pytest.mark.parametrize(
    ("answer", "source_table"),
    [("procedures", "ER_CAM_F"), ("measurements", "ER_BIO_F"), ("devices", "ER_TIP_F")],
)
def test_acts_tests_and_devices(
    cdm: duckdb.DuckDBPyConnection, answer: str, source_table: str
) -> None:
    """Each is there once, in whatever table the domain of its standard concept sent it to."""
    same(
        cdm,
        " union all ".join(
            f"select person_key, {day}, {name}_source_value from cdm.{table} "
            f"join who using (person_id) where {made_from(source_table, key)} and {first(key)}"
            for table, name, key, day in EVENT_TABLES
        ),
        f"select person_key, {DAY.format('date')}, code from answer_{answer} where source = 'DCIR'",
    )


#: Table, prefix of its columns, key and first day.
EVENT_TABLES = (
    ("procedure_occurrence", "procedure", "procedure_occurrence_id", "procedure_date"),
    ("measurement", "measurement", "measurement_id", "measurement_date"),
    ("observation", "observation", "observation_id", "observation_date"),
    ("device_exposure", "device", "device_exposure_id", "device_exposure_start_date"),
    ("drug_exposure", "drug", "drug_exposure_id", "drug_exposure_start_date"),
)


def test_hospital_drugs(cdm: duckdb.DuckDBPyConnection) -> None:
    """R26: sold to outpatients or on top of a private stay's tariff; seven digits, in units."""
    same(
        cdm,
        "select person_key, drug_exposure_start_date, drug_source_value, quantity, "
        "dose_unit_source_value from cdm.drug_exposure join who using (person_id) "
        f"where {made_from('ER_UCD_F', 'drug_exposure_id')} and {first('drug_exposure_id')}",
        f"select person_key, {DAY.format('date')}, code, cast(quantity as double), 'unit' "
        "from answer_drugs where source = 'DCIR' and code_system = 'UCD'",
    )


def test_batch_numbers(cdm: duckdb.DuckDBPyConnection) -> None:
    """A vaccine of a batch: the batch number ends with the month of the dispensing."""
    found = cdm.sql(
        "select count(*), count_if(right(lot_number, 4) = strftime(drug_exposure_start_date, "
        "'%y%m')) from cdm.drug_exposure where lot_number is not null"
    ).fetchall()
    assert found[0][0] > 0
    assert found[0][0] == found[0][1]


def test_long_term_diseases(cdm: duckdb.DuckDBPyConnection) -> None:
    same(
        cdm,
        "select person_key, episode_start_date, episode_end_date, condition_source_value "
        "from cdm.condition_occurrence join who using (person_id) "
        "join cdm.episode on episode_id = condition_occurrence_id "
        f"where condition_end_date is null and {made_from('IR_IMB_R', 'condition_occurrence_id')}",
        # no right outlives its person
        "select person_key, begun, case when death_day between begun and ended then death_day "
        "else ended end, code from (select person_key, code, "
        f"{DAY.format('start_date')} as begun, {DAY.format('end_date')} as ended "
        "from answer_conditions where source = 'ALD') left join "
        f"(select person_key, {DAY.format('death_date')} as death_day from answer_deaths) "
        "using (person_key)",
    )


def test_every_trap_of_town_care_was_met(cdm: duckdb.DuckDBPyConnection) -> None:
    """Rows by rule and disposition, table by table: what was planted is what the ledger has."""
    same(
        cdm,
        "select source_table, rule_id, disposition, cast(sum(n_rows) as bigint) "
        "from audit.ledger where rule_id is not null and disposition in "
        "('excluded', 'superseded', 'cancelled') and (source_table, rule_id, disposition) in "
        "(select (source_table, rule_id, disposition) from answer_traps) "
        f"and source_table in ({town_tables()}) group by all",
        "select source_table, rule_id, disposition, "
        "cast(sum(cast(rows_expected as bigint)) as bigint) from answer_traps "
        "where disposition in ('excluded', 'superseded', 'cancelled') "
        f"and source_table in ({town_tables()}) group by all",
    )


def town_tables() -> str:
    return ", ".join(
        f"'{contract.table}'"
        for contract in contracts().values()
        if contract.product in ("dcir", "beneficiary", "covid")
    )


def test_balance(cdm: duckdb.DuckDBPyConnection) -> None:
    assert cdm.sql("select * from audit.balance where residual <> 0").fetchall() == []


def test_money_of_town_care(cdm: duckdb.DuckDBPyConnection) -> None:
    """Every line of a person that is not paid in PMSI is a cost, once, to the cent (R22)."""
    same(
        cdm,
        "select sum(total_charge), sum(amount_allowed), sum(paid_by_payer) "
        f"from cdm.cost where {made_from('ER_PRS_F', 'cost_id')} union all "
        "select null, null, sum(paid_by_payer) "
        f"from cdm.cost where {made_from('ER_ARO_F', 'cost_id')}",
        "with kept as (select * from answer_costs where disposition in "
        "('event', 'cancelled', 'R18', 'R19', 'R20', 'R23')) "
        "select sum(cast(PRS_PAI_MNT as decimal(18, 2))), "
        "sum(cast(BSE_REM_BSE as decimal(18, 2))), sum(cast(BSE_REM_MNT as decimal(18, 2))) "
        "from kept union all select null, null, sum(cast(ARO_REM_MNT as decimal(18, 2))) from kept",
    )


def test_money_of_public_stays(cdm: duckdb.DuckDBPyConnection) -> None:
    same(
        cdm,
        "select visit_start_date, visit_end_date, amount_allowed, paid_by_payer from cdm.cost "
        "join cdm.visit_occurrence on cost_event_id = visit_occurrence_id "
        f"where cost_domain_id = 'Visit' and {made_from('T_MCOaaVALO', 'cost_id')}",
        f"select {DAY.format('start_date')}, {DAY.format('end_date')}, "
        "cast(base as decimal(18, 2)), cast(refund as decimal(18, 2)) "
        "from answer_stay_costs join answer_visits using (business_key) "
        "where answer_stay_costs.source = 'T_MCOaaVALO' and answer_visits.source = 'MCO'",
    )


def test_a_cost_is_that_of_an_event_that_exists(cdm: duckdb.DuckDBPyConnection) -> None:
    """The event stands in the table of its domain; a payment without event is its person's."""
    keys = {table: key for table, _, key, _ in EVENT_TABLES}
    keys |= {"visit_occurrence": "visit_occurrence_id", "person": "person_id",
             "condition_occurrence": "condition_occurrence_id"}  # fmt: skip
    events = " union all ".join(
        f"select '{table.split('_')[0]}' as domain, {key} as event_id from cdm.{table}"
        for table, key in keys.items()
    )
    lost = cdm.sql(
        f"select count(*) from cdm.cost anti join ({events}) as events "
        "on lower(cost_domain_id) = domain and cost_event_id = event_id"
    ).fetchall()
    assert lost == [(0,)]


def test_money_is_reconciled_to_the_cent(cdm: duckdb.DuckDBPyConnection) -> None:
    found = cdm.sql(
        "select count(*), sum(abs(residual)), sum(amount_out) > 0 from audit.money"
    ).fetchall()
    assert found[0][0] > 0
    assert found[0][1:] == (0, True)


def test_one_payer_a_day_and_plans_merged(cdm: duckdb.DuckDBPyConnection) -> None:
    """Every observed person has a régime every day; periods of a plan never overlap or touch."""
    touching = cdm.sql(
        "select count(*) from cdm.payer_plan_period as one join cdm.payer_plan_period as other "
        "on one.person_id = other.person_id "
        "and one.plan_source_value is not distinct from other.plan_source_value "
        "and one.payer_source_value is not distinct from other.payer_source_value "
        "and one.payer_plan_period_id <> other.payer_plan_period_id "
        "and one.payer_plan_period_start_date <= other.payer_plan_period_end_date + 1 "
        "and other.payer_plan_period_start_date <= one.payer_plan_period_end_date + 1"
    ).fetchall()
    assert touching == [(0,)]
    same(
        cdm,
        "select person_id, sum(payer_plan_period_end_date - payer_plan_period_start_date + 1) "
        "from cdm.payer_plan_period where plan_source_value is null group by person_id",
        "select person_id, observation_period_end_date - observation_period_start_date + 1 "
        "from cdm.observation_period",
    )


def test_the_regime_of_the_day_is_the_payer(cdm: duckdb.DuckDBPyConnection) -> None:
    """R44: from one régime to the next on the first day that the next has paid."""
    begun = DAY.format("first_date")
    same(
        cdm,
        "select person_key, payer_source_value, payer_plan_period_start_date, "
        "payer_plan_period_end_date from cdm.payer_plan_period join who using (person_id) "
        "where plan_source_value is null and person_key in (select person_key from answer_schemes)",
        "with seen as (select person_key, scheme, "
        f"lag({begun}) over w is not null as is_next, {begun} as begun, "
        f"lead({begun}) over w - 1 as ended from answer_schemes "
        f"window w as (partition by person_key order by {begun})), bounded as ("
        "select person_key, scheme, greatest(observation_period_start_date, "
        "case when is_next then begun end) as first_date, "
        "least(observation_period_end_date, ended) as last_date from seen "
        "join who using (person_key) join cdm.observation_period using (person_id)) "
        "select * from bounded where first_date <= last_date",
    )
    changed = cdm.sql("select person_key from answer_schemes group by 1 having count(*) > 1")
    assert changed.fetchall()


def test_where_persons_lived_when_they_had_care(cdm: duckdb.DuckDBPyConnection) -> None:
    """R44: every commune, in the manner of each scheme (R29), with its first and last day."""
    same(
        cdm,
        "select person_key, location_source_value, first_date, last_date from audit.residence "
        "join who using (person_id)",
        f"select person_key, commune, {DAY.format('first_date')}, {DAY.format('last_date')} "
        "from answer_residences",
    )
    moved = cdm.sql("select person_key from answer_residences group by 1 having count(*) > 1")
    assert moved.fetchall()


@pytest.mark.parametrize(
    ("table", "cdm_table", "key"),
    [
        ("IR_VAC_F", "drug_exposure", "drug_exposure_id"),
        ("DE_DEP_F", "measurement", "measurement_id"),
    ],
)
def test_covid_registers(
    cdm: duckdb.DuckDBPyConnection, table: str, cdm_table: str, key: str
) -> None:
    """Every row is an event but those of twins, whom the pseudonym alone does not distinguish."""
    ledger = dict(
        cdm.sql(
            "select coalesce(rule_id, disposition), cast(sum(n_rows) as bigint) from audit.ledger "
            f"where source_table = '{table}' group by 1"
        ).fetchall()
    )
    made = cdm.sql(f"select count(*) from cdm.{cdm_table} where {made_from(table, key)}").fetchall()
    assert made == [(ledger.pop("event"),)]
    assert set(ledger) <= {"R08", "R13"}
