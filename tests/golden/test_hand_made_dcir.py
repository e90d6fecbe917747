"""Hard cases of DCIR, written by hand: their answers come from reading the rules, not the code."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.golden.dcir_delivery import (
    ENCRYPTED,
    FILES,
    GP,
    IBUPROFEN,
    INSULIN,
    LARGE,
    LINES,
    RETIRED,
)


@pytest.fixture(scope="module")
def cdm(tmp_path_factory: pytest.TempPathFactory, build_of: Any) -> duckdb.DuckDBPyConnection:
    delivery = tmp_path_factory.mktemp("hard") / "delivery"
    delivery.mkdir()
    for name, text in FILES.items():
        (delivery / f"{name}.csv").write_text(text, encoding="utf-8")
    return build_of(delivery)


def rows(cdm: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return cdm.execute(query).fetchall()


def fate(cdm: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """Disposition and rule of each line, by claim number (the last two digits are enough)."""
    found = rows(
        cdm,
        "select DCT_ORD_NUM, string_agg(disposition || coalesce(' ' || rule_id, ''), ', ' "
        "order by d._row_id) from intermediate.aud_disposition as d "
        f"join staging.stg_dcir__{table.lower()} as s on d._row_id = s._row_id "
        f"where source_table = '{table}' group by 1",
    )
    return {str(number): outcome for number, outcome in found}


def test_each_line_has_its_fate(cdm: duckdb.DuckDBPyConnection) -> None:
    assert fate(cdm, "ER_PRS_F") == {
        "1": "superseded R13, event",
        "2": "merged",
        "3": "cancelled R20",
        "4": "cancelled R20",
        "5": "superseded R13, event",
        "6": "event",
        "7": "event",
        "8": "excluded R19",
        "9": "excluded R16",
        "10": "excluded R16",
        "11": "excluded R17",
        "12": "event",
        "13": "excluded R11b",
        "14": "excluded R11a",
        "15": "event",
        "16": "excluded R06",
        "17": "event",
        "18": "event",
        "19": "event",
        "20": "excluded R23",  # no person is seen: what was given is recorded all the same
        "21": "event",
        "22": "event",
        "23": "event",
        "24": "event",
        "25": "event",
        "26": "event",
        "27": "event",
        "28": "event",
        "29": "excluded R07",
        "30": "event",
    }


def test_drugs(cdm: duckdb.DuckDBPyConnection) -> None:
    """Boxes of both rights add up; what was read twice is counted once; zero boxes are none."""
    assert rows(
        cdm,
        "select year_of_birth, drug_exposure_start_date, drug_exposure_end_date - "
        "drug_exposure_start_date + 1, drug_source_value, quantity, dose_unit_source_value "
        "from cdm.drug_exposure join cdm.person using (person_id) "
        "order by all",
    ) == [
        (1961, date(2019, 2, 5), 30, IBUPROFEN, 5.0, "box"),
        (1961, date(2019, 2, 5), 30, INSULIN, 2.0, "box"),
        (1963, date(2019, 2, 7), 30, IBUPROFEN, 14.0, "unit"),
        (1963, date(2019, 2, 8), 30, "9261104", 0.75, "unit"),
        (1963, date(2019, 2, 14), 30, "3000001", 1.0, "box"),
        (1963, date(2019, 2, 14), 90, LARGE, 180.0, "unit"),
        (1963, date(2019, 2, 15), 1, "9189944", 1.0, "unit"),
    ]
    assert rows(cdm, "select count(*) from cdm.drug_exposure where days_supply is not null") == [
        (0,)
    ]


def test_a_cancelled_test_is_none_and_an_act_is_one(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(cdm, "select count(*) from cdm.measurement") == [(0,)]
    assert rows(
        cdm,
        "select procedure_source_value, quantity, modifier_source_value "
        "from cdm.procedure_occurrence order by 1",
    ) == [
        ("HHFA001", 1, "FJ"),
        ("ZZLP025", 1, "A7"),
    ]


def test_persons_and_communes(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(
        cdm,
        "select year_of_birth, gender_source_value, location_source_value from cdm.person "
        "left join cdm.location using (location_id) order by all",
    ) == [
        (1961, "2", "75056"),
        (1962, "1", "2B033"),
        (1963, "2", "97105"),
        (1964, "2", "13"),
        (1965, "2", "75"),
        (1966, "2", "75056"),
        (2001, "2", "75"),
        (2001, "2", "75056"),
    ]
    assert rows(cdm, "select distinct state from cdm.location order by 1") == [
        ("13",),
        ("2B",),
        ("75",),
        ("971",),
    ]


def test_what_is_peculiar_to_persons_is_counted(cdm: duckdb.DuckDBPyConnection) -> None:
    assert dict(rows(cdm, "select fact, n_persons::int from audit.person_facts")) == {
        "all": 8,
        "several_rights": 2,
        "sex_differs_between_rights": 1,
        "birth_year_differs_between_rights": 1,
        "birth_month_not_delivered": 8,
        "residence_not_known": 0,
        "residence_known_by_its_department_only": 3,
        "death_known_by_its_month_only": 1,
        "death_before_birth_or_after_the_delivery": 0,
    }


def test_where_a_person_lived_when_they_had_care(cdm: duckdb.DuckDBPyConnection) -> None:
    """Anne lives in Paris today; in February she lived in Lyon (R44). Line 29 is not Flore's."""
    assert rows(
        cdm,
        "select location_source_value, first_date, last_date from audit.residence "
        "join cdm.person using (person_id) where year_of_birth in (1961, 1966) order by all",
    ) == [
        ("69123", date(2019, 2, 5), date(2019, 2, 16)),
        ("75", date(2019, 3, 1), date(2019, 3, 1)),
    ]


def test_deaths_by_their_day_or_their_month(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(
        cdm,
        "select year_of_birth, death_date, is_death_month_only from cdm.death "
        "join cdm.person using (person_id) join audit.person_origin using (person_id) order by all",
    ) == [
        (1962, date(2019, 6, 1), False),
        (1964, date(2019, 6, 30), True),
        (1965, date(2019, 3, 10), False),
    ]


def test_sites_and_professionals(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(
        cdm,
        "select care_site_source_value, care_site_name, place_of_service_source_value "
        "from cdm.care_site",
    ) == [("750000010", "HOPITAL DU NORD", "355")]
    assert rows(
        cdm, f"select count(*) from cdm.provider where provider_source_value = '{ENCRYPTED}'"
    ) == [(1,)]


def test_registers_that_give_no_row_say_why(cdm: duckdb.DuckDBPyConnection) -> None:
    """A nursing home is no visit, a declared pregnancy no episode; nothing else is left out."""
    assert rows(
        cdm,
        "select source_table, rule_id, n_rows::int from audit.ledger where rule_id like 'N%' "
        "order by all",
    ) == [("IR_ESM_R", "N02", 1), ("IR_MAT_R", "N03", 1)]


def test_the_last_doctor_declared_is_that_of_the_person(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(
        cdm,
        "select person.year_of_birth, provider_source_value from cdm.person "
        "join cdm.provider using (provider_id) order by all",
    ) == [(1961, GP), (1962, RETIRED)]
    assert rows(
        cdm,
        "select disposition, rule_id, n_rows::int from audit.ledger "
        "where source_table = 'IR_MTT_R' order by all",
    ) == [("context", None, 2), ("event", None, 1), ("excluded", "R06", 1), ("merged", None, 1)]


def test_long_term_diseases(cdm: duckdb.DuckDBPyConnection) -> None:
    """One disease under two rights is one; the end of the right is not that of the disease."""
    assert rows(
        cdm,
        "select condition_source_value, condition_start_date, condition_end_date, "
        "condition_status_source_value from cdm.condition_occurrence order by all",
    ) == [
        ("E119", date(2015, 3, 1), None, "ALD 8"),
        ("E119", date(2019, 1, 1), None, "ALD 8"),
    ]
    assert rows(
        cdm,
        "select disposition, rule_id, n_rows::int from audit.ledger "
        "where source_table = 'IR_IMB_R' order by all",
    ) == [
        ("event", None, 2),
        ("excluded", "R11a", 1),
        ("excluded", "R11b", 1),
        ("excluded", "R40", 1),
        ("superseded", "R40", 1),
    ]


def test_money_to_the_cent(cdm: duckdb.DuckDBPyConnection) -> None:
    """Compulsory insurance: lines but those of PMSI, no person, impossible, twice, taken back."""
    paid = rows(
        cdm,
        "select case when revenue_code_source_value like 'ARO%' then 'other' else 'compulsory' "
        "end as payer, count(*), sum(paid_by_payer) from cdm.cost group by 1 order by 1",
    )
    left_out = ("3", "4", "9", "11", "13", "14", "16", "29")
    kept = [row for row in LINES if row["DCT_ORD_NUM"] not in left_out]
    expected = sum(
        Decimal(row["BSE_REM_MNT"]) + Decimal(row.get("CPL_REM_MNT", "0")) for row in kept
    )
    assert paid == [("compulsory", len(kept), expected), ("other", 2, Decimal("10.00"))]
    assert rows(cdm, "select sum(residual) from audit.money") == [(Decimal("0.00"),)]
    assert rows(cdm, "select sum(residual)::int from audit.balance") == [(0,)]


def test_visits(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(
        cdm,
        "select year_of_birth, visit_start_date, visit_concept_id from cdm.visit_occurrence "
        "join cdm.person using (person_id) order by all",
    ) == [
        (1961, date(2019, 2, 5), 581458),
        (1961, date(2019, 2, 13), 581458),
        (1961, date(2019, 2, 16), 9202),
        (1961, date(2019, 3, 1), 9202),
        (1962, date(2019, 7, 1), 9202),
        (1963, date(2019, 2, 7), 581458),
        (1963, date(2019, 2, 8), 581458),
        (1963, date(2019, 2, 9), 9202),
        (1963, date(2019, 2, 14), 581458),
        (1963, date(2019, 2, 17), 9202),
        (1966, date(2019, 2, 3), 9202),
        (1966, date(2019, 2, 6), 9202),
        (1966, date(2019, 2, 10), 9202),
        (1966, date(2019, 2, 10), 581458),
        (1966, date(2019, 2, 14), 9202),
        (1966, date(2019, 2, 20), 9202),
        (1966, date(2019, 2, 22), 581458),
        (2001, date(2019, 2, 12), 9202),
    ]


def test_who_comes_back_to_a_regime_is_under_it_again(cdm: duckdb.DuckDBPyConnection) -> None:
    """R44: each cost has the régime of its day; a day with two has the one seen most."""
    assert rows(
        cdm,
        "select payer_source_value, payer_plan_period_start_date, payer_plan_period_end_date "
        "from cdm.payer_plan_period join cdm.person using (person_id) "
        "where year_of_birth = 1966 order by 2",
    ) == [
        ("01C", date(2019, 2, 1), date(2019, 2, 5)),
        ("02A", date(2019, 2, 6), date(2019, 2, 9)),
        ("01C", date(2019, 2, 10), date(2019, 2, 13)),
        ("02A", date(2019, 2, 14), date(2019, 2, 19)),
        ("01C", date(2019, 2, 20), date(2019, 3, 31)),
    ]
    assert rows(
        cdm,
        "select payer_source_value, sum(paid_by_payer) from cdm.cost "
        "join cdm.payer_plan_period using (payer_plan_period_id) "
        "join cdm.person using (person_id) where year_of_birth = 1966 group by 1 order by 1",
    ) == [("01C", Decimal("16.50")), ("02A", Decimal("16.50"))]


def test_complementary_cover_is_a_plan_and_the_regime_a_payer(
    cdm: duckdb.DuckDBPyConnection,
) -> None:
    found = rows(
        cdm,
        "select payer_source_value, plan_source_value from cdm.payer_plan_period "
        "join cdm.person using (person_id) where year_of_birth = 1963 order by all",
    )
    assert found == [("01C", "CMU-C"), ("01C", None)]
    # 0 is recorded and has no concept, NULL is not recorded
    assert rows(
        cdm, "select count(*) from cdm.payer_plan_period where "
        "(plan_concept_id is null) is distinct from (plan_source_value is null) or "
        "(payer_concept_id is null) is distinct from (payer_source_value is null)",
    ) == [(0,)]  # fmt: skip
