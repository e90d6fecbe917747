"""Outpatient care of fifty people, written by hand: who they are, what they got, what it cost.

Everybody is known by their year of birth. The answers were written before the delivery was run.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.golden.claims_cases import FILES, LEVETIRACETAM, MONTELUKAST, write


@pytest.fixture(scope="module")
def cdm(tmp_path_factory: pytest.TempPathFactory, build_of: Any) -> duckdb.DuckDBPyConnection:
    delivery = tmp_path_factory.mktemp("claims") / "delivery"
    delivery.mkdir()
    write(delivery)
    return build_of(delivery)


def of_people(
    cdm: duckdb.DuckDBPyConnection, table_name: str, *columns: str
) -> dict[int, list[Any]]:
    """By year of birth, what a table holds of a person, in order; dates as text."""
    found: dict[int, list[Any]] = defaultdict(list)
    for year, *values in cdm.execute(
        f"select person.year_of_birth, {', '.join(columns)} from cdm.{table_name} as t "
        "join cdm.person using (person_id) order by all"
    ).fetchall():
        found[year].append(tuple(values) if len(values) > 1 else values[0])
    return dict(found)


def test_visits(cdm: duckdb.DuckDBPyConnection) -> None:
    visits = of_people(cdm, "visit_occurrence", "strftime(visit_start_date, '%y%m%d')",
                       "visit_concept_id")  # fmt: skip
    town, shop, home, phone, lab = 9202, 581458, 581476, 722455, 32036
    assert visits == {
        1926: [("190306", town)],
        1930: [("190304", town), ("200210", town)],
        1931: [("190305", town)],
        **{year: [("190306", town)] for year in (1933, 1936, 1937, 1939)},
        1938: [("190307", town)],
        1950: [("190401", shop)],
        **{year: [("190402", shop)] for year in (1951, 1952)},
        1958: [("190503", town)],
        1959: [("190504", town), ("190504", town)],
        1963: [("190506", shop), ("190507", shop), ("190508", shop)],
        1964: [("190506", shop)],
        1965: [("190507", shop)],
        1966: [("190504", town)],
        1967: [("190502", town), ("190503", town), ("190504", town)],
        1968: [("190501", town), ("190503", town)],
        1970: [("190501", phone), ("190502", phone), ("190504", home), ("190505", lab)],
        1972: [("190501", town)],
        1973: [(day, town) for day in ("190201", "190301", "190401", "190510", "200229")],
        1976: [("190501", town)],
        2019: [("190610", town)],
    }
    assert cdm.execute(
        "select count(*) from cdm.visit_occurrence where visit_end_date <> visit_start_date"
    ).fetchall() == [(0,)]


def test_people_and_where_they_live(cdm: duckdb.DuckDBPyConnection) -> None:
    places = dict(cdm.execute(
        "select year_of_birth, location_source_value from cdm.person "
        "left join cdm.location using (location_id) "
        "where location_source_value is distinct from '75056'"
    ).fetchall())  # fmt: skip
    assert places == {
        1930: "13055",
        1977: "2A004",
        1978: "2B033",
        1979: "2A004",
        1980: "2B033",
        1981: "97209",
        1982: "97411",
        1983: "69",
        1984: None,
    }
    born = {int(row["BEN_NAI_ANN"]) for row in FILES["IR_BEN_R"] if "ODD" not in row["BEN_IDT_ANO"]}
    years = cdm.execute("select year_of_birth from cdm.person order by 1").fetchall()
    assert [year for (year,) in years] == sorted([*born, 1938])  # twins, of whom each is one


def test_deaths(cdm: duckdb.DuckDBPyConnection) -> None:
    """R10: the ladder goes down to bills, whatever became of the bill."""
    assert of_people(cdm, "death", "death_date::text", "death_type_concept_id") == {
        1942: [("2019-05-12", 32848)],
        1944: [("2020-03-15", 32812)],
        1945: [("2019-05-08", 32810)],
    }


def test_drugs(cdm: duckdb.DuckDBPyConnection) -> None:
    assert of_people(cdm, "drug_exposure", "drug_source_value", "quantity", "lot_number") == {
        1950: [(LEVETIRACETAM, 1.0, None)],
        1951: [(MONTELUKAST, 2.0, None)],
        1952: [(MONTELUKAST, 2.0, None)],
        1963: [("9019857", 1.0, None), ("9019857", 3.0, None), ("9178099", 2.0, None)],
        1964: [(MONTELUKAST, 14.0, None)],
        1965: [(MONTELUKAST, 1.0, "B42"), (LEVETIRACETAM, 1.0, "B42")],
    }


def test_acts_and_devices(cdm: duckdb.DuckDBPyConnection) -> None:
    assert of_people(cdm, "procedure_occurrence", "procedure_source_value", "quantity") == {
        1958: [("DZQM006", 1)],
        1959: [("HHFA001", 1)],
    }
    assert of_people(
        cdm, "device_exposure", "device_source_value", "quantity", "device_exposure_end_date::text"
    ) == {1962: [("1100040", 2, "2019-06-02"), ("1117454", 1, None)]}


def test_sites_and_professionals(cdm: duckdb.DuckDBPyConnection) -> None:
    """A prescriber has the speciality of their lines; Corsica its letters."""
    assert cdm.execute(
        "select provider_source_value, specialty_source_value from cdm.provider "
        "where specialty_source_value is not null"
    ).fetchall() == [("75100099", "3")]
    assert cdm.execute(
        "select care_site_source_value, care_site_name, location_source_value, state "
        "from cdm.care_site left join cdm.location using (location_id) order by 1"
    ).fetchall() == [
        ("2A0000014", "HÔPITAL", "2A004", "2A"),
        ("690000021", None, "01004", "01"),
    ]
    # one row a place, be it of a person or of a site
    assert cdm.execute(
        "select count(*), count(distinct location_source_value) from cdm.location"
    ).fetchall() == [(8, 8)]


def test_money(cdm: duckdb.DuckDBPyConnection) -> None:
    paid = cdm.execute(
        "select revenue_code_source_value, sum(paid_by_payer) from cdm.cost "
        "where revenue_code_source_value like 'ARO%' or paid_by_payer = 17.75 group by 1 order by 1"
    ).fetchall()
    assert paid == [
        ("1111", Decimal("17.75")),
        ("ARO-1", Decimal("0.01")),
        ("ARO-10", Decimal("-2.00")),
        ("ARO-2", Decimal("7.50")),
        ("ARO-5", Decimal("6.00")),
    ]
    assert cdm.execute("select sum(abs(residual)) from audit.money").fetchall() == [(0,)]


def test_each_line_has_its_fate(cdm: duckdb.DuckDBPyConnection) -> None:
    assert cdm.execute("select sum(abs(residual))::int from audit.balance").fetchall() == [(0,)]
    ledger = {
        (table_name, disposition, rule): n
        for table_name, disposition, rule, n in cdm.execute(
            "select source_table, disposition, rule_id, sum(n_rows)::int from audit.ledger "
            "where source_table in ('ER_PRS_F', 'ER_LOT_F', 'ER_CAM_F', 'ER_TIP_F', 'IR_BEN_R', "
            "'IR_BEN_R_ARC') group by all"
        ).fetchall()
    }
    rights = len(FILES["IR_BEN_R"])
    assert ledger == {
        ("IR_BEN_R", "event", None): rights - 7 - 3,
        ("IR_BEN_R", "merged", None): 3,
        ("IR_BEN_R", "excluded", "R07"): 7,
        ("IR_BEN_R_ARC", "superseded", None): 1,
        ("ER_LOT_F", "merged", None): 1,
        ("ER_CAM_F", "cancelled", "R20"): 3,
        ("ER_CAM_F", "event", None): 2,
        ("ER_CAM_F", "excluded", "R21"): 2,
        ("ER_TIP_F", "event", None): 2,
        ("ER_TIP_F", "excluded", "R25"): 1,
        ("ER_TIP_F", "excluded", "R25b"): 2,
        ("ER_PRS_F", "event", None): 38,  # one a visit
        ("ER_PRS_F", "merged", None): 6,
        ("ER_PRS_F", "cancelled", "R20"): 5,
        ("ER_PRS_F", "excluded", "R04"): 1,
        ("ER_PRS_F", "excluded", "R06"): 1,
        ("ER_PRS_F", "excluded", "R07"): 7,
        ("ER_PRS_F", "excluded", "R11a"): 1,
        ("ER_PRS_F", "excluded", "R16"): 5,
        ("ER_PRS_F", "excluded", "R17"): 1,
        ("ER_PRS_F", "excluded", "R18"): 3,
        ("ER_PRS_F", "excluded", "R19"): 1,
        ("ER_PRS_F", "excluded", "R20"): 1,
        ("ER_PRS_F", "excluded", "R23"): 10,
    }
    assert cdm.execute(
        "select reason, n_rows::int from audit.rejects where n_rows > 0"
    ).fetchall() == [("SO-223", 3)]
