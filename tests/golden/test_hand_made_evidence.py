"""Deaths, rights, doses, numbers and days off work, written by hand: the answers came first.

The files are in evidence_cases; one person a case, known by the year of birth.
"""

from __future__ import annotations

import os
from datetime import date
from typing import Any

import duckdb
import pytest

from tests.golden.evidence_cases import delivery
from tests.golden.hospital_delivery import table

FIRST, LAST = date(2018, 1, 1), date(2021, 12, 31)
EVENTS = " union all ".join(
    f"select person_id, {name}_source_value as code, {day} as day, visit_detail_id from cdm.{table}"
    for table, name, day in (
        ("condition_occurrence", "condition", "condition_start_date"),
        ("procedure_occurrence", "procedure", "procedure_date"),
        ("drug_exposure", "drug", "drug_exposure_start_date"),
        ("measurement", "measurement", "measurement_date"),
        ("observation", "observation", "observation_date"),
        ("device_exposure", "device", "device_exposure_start_date"),
    )
)


@pytest.fixture(scope="module")
def cdm(tmp_path_factory: pytest.TempPathFactory, build_of: Any) -> duckdb.DuckDBPyConnection:
    root = tmp_path_factory.mktemp("evidence")
    (root / "delivery").mkdir()
    for name, rows in delivery().files.items():
        (root / "delivery" / f"{name}.csv").write_text(table(rows), encoding="utf-8")
    window = {
        **os.environ,
        "SNDS_OMOP_OBSERVATION__START": str(FIRST),
        "SNDS_OMOP_OBSERVATION__END": str(LAST),
    }
    return build_of(root / "delivery", env=window)


def rows(
    cdm: duckdb.DuckDBPyConnection, columns: str, source: str, births: str
) -> list[tuple[Any, ...]]:
    """Rows of persons born in these years, in order."""
    return cdm.sql(
        f"select year_of_birth, {columns} from {source} join cdm.person using (person_id) "
        f"where year_of_birth between {births.replace('-', ' and ')} order by all"
    ).fetchall()


def test_contracts_and_public_cover(cdm: duckdb.DuckDBPyConnection) -> None:
    """Only contract 89 is CMU-C or C2S; a line states it for those IR_ORC_R does not know."""
    found = rows(
        cdm,
        "plan_source_value, payer_plan_period_start_date, payer_plan_period_end_date",
        "(select * from cdm.payer_plan_period where plan_source_value is not null)",
        "1901-1911",
    )
    assert found == [
        (1901, "C2S", date(2019, 11, 1), date(2020, 12, 31)),
        (1901, "CMU-C", date(2019, 1, 1), date(2019, 10, 31)),
        (1902, "ACS", date(2018, 3, 1), date(2019, 2, 28)),
        (1903, "OC", date(2018, 1, 1), date(2020, 12, 31)),
        (1904, "C2S", date(2020, 1, 1), date(2020, 5, 31)),
        (1905, "C2S", date(2020, 7, 1), LAST),
        (1906, "C2S", date(2020, 1, 1), date(2021, 6, 30)),
        (1908, "CMU-C", date(2018, 3, 1), date(2018, 3, 31)),
        (1909, "ACS", date(2018, 3, 1), date(2018, 3, 31)),
        (1911, "C2S", date(2021, 3, 1), LAST),
    ]


def test_what_a_reversed_line_states(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(cdm, "death_date", "cdm.death", "1912-1919") == [(1913, date(2019, 3, 6))]
    assert rows(cdm, "location_source_value", "audit.residence", "1914-1914") == [(1914, "69123")]
    paid = cdm.sql(
        "select year_of_birth, sum(paid_by_payer)::int from cdm.cost join cdm.visit_occurrence "
        "on cost_domain_id = 'Visit' and cost_event_id = visit_occurrence_id "
        "join cdm.person using (person_id) where year_of_birth in (1915, 1916) "
        "group by 1 order by 1"
    ).fetchall()
    # the whole bill was taken back in DCIR (800 - 800): the hospital's own bill is what was paid
    assert paid == [(1915, 900), (1916, 800)]


def test_one_death_for_every_table(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(cdm, "death_date", "cdm.death", "1920-1929") == [
        (1920, date(2019, 3, 5)),
        (1921, date(2019, 3, 6)),
        (1923, date(2019, 3, 5)),
    ]
    visits = rows(cdm, "visit_start_date", "cdm.visit_occurrence", "1920-1923")
    assert visits == [
        (1920, date(2019, 4, 4)),
        (1921, date(2019, 3, 1)),
        (1921, date(2019, 4, 4)),
        (1921, date(2019, 4, 5)),
        (1922, date(2019, 3, 1)),
        (1922, date(2019, 4, 4)),
        (1922, date(2019, 4, 5)),
        (1923, date(2019, 3, 20)),
    ]
    # the cause stands in DEATH; every other event is of June
    assert rows(cdm, "code, day", f"({EVENTS})", "1920-1920") == []


def test_days_inside_the_unit(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(cdm, "code, day", f"({EVENTS})", "1930-1931") == [
        (1930, "C189", date(2021, 3, 1)),
        (1930, "E119", date(2021, 3, 11)),
        (1930, "I10", date(2021, 3, 11)),
        (1931, "F200", date(2021, 3, 1)),
        (1931, "F329", date(2021, 3, 15)),
        (1931, "I10", date(2021, 3, 15)),
    ]
    assert cdm.sql(
        f"select count(*) from ({EVENTS}) as e join cdm.visit_detail as d using (visit_detail_id) "
        "where e.day not between d.visit_detail_start_date and d.visit_detail_end_date"
    ).fetchall() == [(0,)]


def test_days_that_no_delivery_can_know(cdm: duckdb.DuckDBPyConnection) -> None:
    """What is dated 2031 is excluded by a rule; a stay that ends then has its number of days."""
    visits = rows(cdm, "visit_start_date, visit_end_date", "cdm.visit_occurrence", "1932-1934")
    assert visits == [
        (1932, date(2021, 3, 5), date(2021, 3, 5)),
        (1934, date(2021, 3, 1), date(2021, 3, 5)),
    ]
    assert rows(cdm, "code, day", f"({EVENTS})", "1932-1932") == []
    assert rows(cdm, "death_date", "cdm.death", "1934-1934") == []
    assert cdm.sql(
        "select source_table, sum(n_rows)::int from audit.ledger where rule_id = 'R04b' "
        "group by 1 order by 1"
    ).fetchall() == [
        ("DE_DEP_F", 1), ("IR_IMB_R", 1), ("IR_VAC_F", 1), ("KI_CCI_R", 1), ("T_HADaaB", 1),
        ("T_HADaaC", 1), ("T_MCOaaB", 1), ("T_MCOaaC", 1), ("T_RIPaaC", 1), ("T_RIPaaRSA", 1),
        ("T_SSRaaB", 1), ("T_SSRaaC", 1),
    ]  # fmt: skip


def test_the_end_of_a_right_ends_no_disease(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(
        cdm, "condition_source_value, condition_start_date, condition_end_date",
        "cdm.condition_occurrence", "1933-1933",
    ) == [
        (1933, "E119", date(2013, 3, 1), None),
        (1933, "E119", date(2018, 3, 1), None),
        (1933, "I10", date(2019, 5, 1), None),
    ]  # fmt: skip


def test_one_dose_and_one_test(cdm: duckdb.DuckDBPyConnection) -> None:
    days = cdm.sql(
        "select drug_exposure_start_date, count(*) from cdm.drug_exposure join cdm.person "
        "using (person_id) where year_of_birth = 1940 group by 1 order by 1"
    ).fetchall()
    assert days == [(date(2021, 4, 20), 2), (date(2021, 4, 21), 1)]
    columns = "measurement_date, value_source_value, value_as_concept_id"
    assert rows(cdm, columns, "cdm.measurement", "1941-1941") == [
        (1941, date(2021, 3, 10), "N", 9189),
        (1941, date(2021, 3, 10), "P", 9191),
        (1941, date(2021, 3, 11), "P", 9191),
    ]


def test_care_at_a_distance(cdm: duckdb.DuckDBPyConnection) -> None:
    """What a hospital bills at a distance is telehealth, unless the person came that day."""
    assert rows(cdm, "visit_start_date, visit_concept_id", "cdm.visit_occurrence", "1942-1942") == [
        (1942, date(2021, 3, 1), 722455),
        (1942, date(2021, 3, 2), 9202),
        (1942, date(2021, 3, 3), 9203),
        (1942, date(2021, 3, 4), 722455),
        (1942, date(2021, 3, 5), 9202),
        (1942, date(2021, 3, 6), 722455),
    ]


def test_drugs_stay_in_their_stay(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(cdm, "drug_exposure_start_date", "cdm.drug_exposure", "1943-1943") == [
        (1943, date(2021, 5, 3)),
        (1943, date(2021, 5, 3)),
        (1943, date(2021, 5, 3)),
        (1943, date(2021, 5, 7)),
        (1943, date(2021, 5, 7)),
    ]


def test_numbers_of_summaries(cdm: duckdb.DuckDBPyConnection) -> None:
    columns = "measurement_source_value, measurement_date, value_as_number::int, unit_source_value"
    assert rows(cdm, columns, "cdm.measurement", "1950-1955") == [
        (1950, "IGS2_COD", date(2009, 3, 1), 34, None),
        (1951, "DEL_REG_ENT", date(2021, 3, 1), 70, "J"),
        (1952, "HAB_DEP", date(2021, 3, 1), 4, None),
        (1952, "HAB_DEP", date(2021, 3, 15), 2, None),
        (1953, "AVQ_HAB", date(2021, 3, 1), 3, None),
        (1953, "DEP_COT", date(2021, 3, 1), 40, "%"),
        (1954, "SCO_DEP_COM", date(2021, 3, 1), 1, None),
        (1954, "SCO_DEP_HAB", date(2021, 3, 1), 2, None),
        (1955, "IGS2_COD", date(2021, 3, 1), 60, None),
        (1955, "IGS2_COD", date(2021, 3, 5), 60, None),
        (1955, "IGS2_COD", date(2021, 3, 9), 0, None),
    ]


def test_one_act_is_one_procedure(cdm: duckdb.DuckDBPyConnection) -> None:
    columns = "procedure_source_value, procedure_date"
    assert rows(cdm, columns, "cdm.procedure_occurrence", "1970-1973") == [
        (1970, "JVJF004", date(2021, 3, 1)),
        (1971, "Z491", date(2021, 3, 1)),
        (1972, "JVJF004", date(2021, 3, 1)),
        (1972, "JVJF004", date(2021, 3, 2)),
        (1973, "NKR+177", date(2021, 3, 3)),
    ]
    assert cdm.sql(
        "select disposition, n_rows::int from audit.ledger where source_table = 'T_SSRaaD' "
        "order by 1"
    ).fetchall() == [("event", 1), ("merged", 1)]


def test_spells_off_work(cdm: duckdb.DuckDBPyConnection) -> None:
    columns = "observation_source_value, observation_date, value_as_number::int"
    spells = "(select * from cdm.observation where value_as_number is not null)"
    assert rows(cdm, columns, spells, "1960-1969") == [
        (1960, "6111", date(2021, 3, 1), 14),
        (1960, "6121", date(2021, 3, 15), 57),
        (1961, "6111", date(2021, 3, 1), 14),
        (1961, "6111", date(2021, 3, 15), 6),
        (1962, "6111", date(2021, 3, 1), 10),
        (1963, "6111", date(2021, 3, 1), 14),
        (1964, "6111", date(2021, 3, 1), 20),
        (1964, "6111", date(2021, 3, 22), 2),
        (1966, "6111", date(2021, 3, 1), 5),
        (1967, "6111", date(2021, 3, 1), 10),
        (1968, "6111", date(2021, 3, 1), 10),
        (1968, "6111", date(2021, 3, 21), 11),
        (1968, "6117", date(2021, 3, 11), 10),
    ]


def test_nothing_is_lost(cdm: duckdb.DuckDBPyConnection) -> None:
    assert cdm.sql("select * from audit.balance where residual <> 0").fetchall() == []
    assert cdm.sql("select * from audit.money where residual <> 0").fetchall() == []


def test_words_for_a_missing_value_are_no_codes(cdm: duckdb.DuckDBPyConnection) -> None:
    """In every table of codes of DCIR and in the registers; the visits stay."""
    # the device line is paid, and its nature is known; its product is not
    assert rows(cdm, "code, day", f"({EVENTS})", "1974-1974") == [(1974, "3511", date(2020, 3, 5))]
    assert rows(cdm, "code, day", f"({EVENTS})", "1976-1977") == []
    visits = rows(cdm, "visit_start_date", "cdm.visit_occurrence", "1976-1977")
    assert visits == [(1976, date(2020, 3, 5)), (1977, date(2020, 3, 5))]
    written = "('NA', 'N/A', '#N/A', 'NULL', '(null)', 'NaN', 'None', '.')"
    for name, column in (
        ("provider", "provider_source_value"),
        ("care_site", "care_site_source_value"),
        ("location", "location_source_value"),
        ("location", "state"),
        ("person", "person_source_value"),
        ("visit_occurrence", "visit_source_value"),
    ):
        found = cdm.sql(f"select count(*) from cdm.{name} where {column} in {written}").fetchall()
        assert found == [(0,)], (name, column)


def test_a_number_of_two_persons_leads_to_neither(cdm: duckdb.DuckDBPyConnection) -> None:
    """Each right is a person of its own, with what names the right; the number names no person."""
    assert rows(cdm, "code, day", f"({EVENTS})", "1975-1975") == [(1975, "E119", date(2019, 3, 1))]
    assert rows(cdm, "code, day", f"({EVENTS})", "1995-1995") == [
        (1995, "COVID-19 PFIZER-BIONTECH", date(2021, 4, 20))
    ]
    both = cdm.sql(
        "select count(*) from (select person_id from cdm.visit_occurrence "
        "where visit_start_date = '2020-02-04' intersect select person_id "
        "from cdm.visit_occurrence where visit_start_date = '2020-02-18')"
    ).fetchall()
    assert both == [(0,)]
    assert cdm.sql(
        "select disposition, rule_id, n_rows::int from audit.ledger "
        "where source_table = 'DE_DEP_F' and rule_id = 'R06'"
    ).fetchall() == [("excluded", "R06", 1)]
    # those without a person at all are in quarantine
    assert cdm.sql(
        "select source_table, sum(n_rows)::int from audit.rejects group by 1 order by 1"
    ).fetchall() == [("DE_DEP_F", 1), ("IR_VAC_F", 1)]


def test_days_of_weeks_and_sub_sequences(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(cdm, "code, day", f"({EVENTS})", "1978-1979") == [
        (1978, "DEQP003", date(2021, 3, 10)),
        (1978, "L890", date(2021, 3, 15)),
        (1978, "S7200", date(2021, 3, 1)),
        (1979, "C189", date(2021, 3, 1)),
        (1979, "DEQP003", date(2021, 3, 13)),
    ]


def test_a_teleconsultation_of_a_rehabilitation_hospital(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(cdm, "visit_start_date, visit_concept_id", "cdm.visit_occurrence", "1980-1980") == [
        (1980, date(2021, 3, 4), 722455),
        (1980, date(2021, 3, 5), 9202),
    ]


def test_no_delay_leads_out_of_the_stay(cdm: duckdb.DuckDBPyConnection) -> None:
    for kind in ("drug", "device"):
        days = rows(cdm, f"{kind}_exposure_start_date", f"cdm.{kind}_exposure", "1981-1981")
        assert days, kind
        assert {day for _, day in days} <= {date(2021, 5, 3 + n) for n in range(5)}, kind


def test_years_that_no_file_can_hold(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(cdm, "code, day", f"({EVENTS})", "1983-1983") == []
    assert rows(cdm, "visit_start_date", "cdm.visit_occurrence", "1983-1983") == []
    assert rows(cdm, "death_date", "cdm.death", "1983-1983") == []


def test_absurd_numbers_leave_their_rows(cdm: duckdb.DuckDBPyConnection) -> None:
    codes = ("3400930000001", "6111", "9189944", "DEQP003", "I500", "J960")
    assert rows(cdm, "code", f"({EVENTS})", "1982-1982") == [(1982, code) for code in codes]
    assert rows(cdm, "value_as_number", "cdm.measurement", "1982-1982") == []
    spell = "(select * from cdm.observation where observation_source_value = '6111')"
    # neither number of days can be read: the dates count
    assert rows(cdm, "observation_date, value_as_number::int", spell, "1982-1982") == [
        (1982, date(2021, 3, 6), 5)
    ]


def test_more_spells_off_work(cdm: duckdb.DuckDBPyConnection) -> None:
    columns = "observation_source_value, observation_date, value_as_number::int"
    spells = "(select * from cdm.observation where value_as_number is not null)"
    assert rows(cdm, columns, spells, "1984-1986") == [
        (1984, "6111", date(2021, 3, 26), 6),
        (1984, "6212", date(2021, 3, 1), 25),
        (1985, "6111", date(2021, 3, 1), 5),
        (1985, "6111", date(2021, 3, 8), 5),
        (1986, "6111", date(2021, 3, 1), 31),
    ]
