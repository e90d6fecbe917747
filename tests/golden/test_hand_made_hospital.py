"""More hard cases of hospitals, written by hand before the build was run: a person a case.

Months instead of days, return codes, rows without their other half, repeated rows and diagnoses,
codes in every writing, numbers that come back, kinds of units and of emergencies, shared numbers.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.golden.hospital_cases import delivery
from tests.golden.hospital_delivery import PUBLIC, table


@pytest.fixture(scope="module")
def cdm(tmp_path_factory: pytest.TempPathFactory, build_of: Any) -> duckdb.DuckDBPyConnection:
    folder = tmp_path_factory.mktemp("hospital") / "delivery"
    folder.mkdir()
    for name, rows in delivery().files.items():
        (folder / f"{name}.csv").write_text(table(rows), encoding="utf-8")
    return build_of(folder)


def of(cdm: duckdb.DuckDBPyConnection, columns: str, source: str) -> list[tuple[Any, ...]]:
    return cdm.sql(
        f"select year_of_birth, {columns} from cdm.{source} join cdm.person using (person_id) "
        "order by all"
    ).fetchall()


def test_visits(cdm: duckdb.DuckDBPyConnection) -> None:
    found = of(cdm, "visit_source_value, visit_start_date, visit_end_date", "visit_occurrence")
    codes = [date(2019, 6, day) for day in range(1, 6)]
    assert found == [
        (1920, "MCO_AMB", date(2019, 2, 10), date(2019, 2, 10)),
        (1923, "MCO_HC", date(2019, 5, 1), date(2019, 5, 6)),
        *[(1924, "MCO_AMB", day, day) for day in codes],
        (1925, "MCO_HC", date(2018, 12, 1), date(2018, 12, 3)),
        (1925, "MCO_HC", date(2019, 12, 1), date(2019, 12, 3)),
        (1925, "MCO_HC", date(2019, 12, 1), date(2019, 12, 3)),
        (1926, "MCO_HC", date(2019, 3, 1), date(2019, 4, 1)),
        (1927, "MCO_AMB", date(2019, 3, 1), date(2019, 3, 1)),
        (1928, "MCO_HC", date(2019, 2, 25), date(2019, 3, 3)),
        (1929, "MCO_HC", date(2019, 3, 10), date(2019, 3, 10)),
        (1929, "MCO_HC", date(2019, 4, 10), date(2019, 4, 12)),
        (1930, "MCO_HC", date(2008, 5, 1), date(2008, 5, 1)),
        (1931, "MCO_HC", date(2019, 3, 1), date(2019, 3, 5)),
        (1932, "MCO_HC", date(2019, 3, 1), date(2019, 3, 5)),
        (1933, "MCO_HC", date(2019, 3, 1), date(2019, 3, 5)),
        (1933, "MCO_HC", date(2019, 11, 1), date(2019, 11, 5)),
        (1934, "MCO_HC", date(2019, 12, 28), date(2020, 1, 4)),
        (1935, "MCO_HC", date(2023, 4, 3), date(2023, 4, 4)),
        (1935, "MCO_HC", date(2023, 4, 4), date(2023, 4, 5)),
        (1935, "MCO_URG_HC", date(2023, 4, 1), date(2023, 4, 2)),
        (1935, "MCO_URG_HC", date(2023, 4, 2), date(2023, 4, 3)),
        (1935, "MCO_URG_HC", date(2023, 4, 9), date(2023, 4, 9)),
        (1936, "MCO_HC", date(2012, 3, 1), date(2012, 3, 8)),
        (1937, "MCO_HC", date(2019, 4, 1), date(2019, 4, 2)),
        (1938, "MCO_HC", date(2019, 4, 1), date(2019, 4, 2)),
        (1939, "MCO_ACE", date(2022, 6, 4), date(2022, 6, 4)),
        (1939, "MCO_ATU", date(2021, 6, 1), date(2021, 6, 1)),
        (1939, "MCO_ATU", date(2022, 6, 2), date(2022, 6, 2)),
        (1939, "MCO_ATU", date(2022, 6, 3), date(2022, 6, 3)),
        (1951, "SSR_HC", date(2019, 5, 6), date(2019, 5, 19)),
        (1952, "HAD", date(2008, 5, 1), date(2008, 5, 1)),
        (1953, "PSY_TC", date(2019, 3, 1), date(2019, 5, 31)),
        (1953, "PSY_TP", date(2019, 3, 10), date(2019, 3, 20)),
        (1954, "PSY_AMB", date(2021, 5, 1), date(2021, 5, 1)),
        (1955, "PSY_AMB", date(2021, 5, 2), date(2021, 5, 2)),
        (1958, "SSR_HC", date(2019, 5, 1), date(2019, 5, 20)),
        (1959, "HAD", date(2021, 3, 1), date(2021, 3, 10)),
        (1960, "PSY_TC", date(2021, 3, 1), date(2021, 3, 10)),
        (1961, "SSR_ACE", date(2021, 3, 5), date(2021, 3, 5)),
        (1962, "SSR_HC", date(2021, 3, 1), date(2021, 3, 14)),
        (1963, "HAD", date(2021, 3, 1), date(2021, 3, 14)),
        (1964, "PSY_TC", date(2021, 3, 1), date(2021, 3, 14)),
        (1965, "PSY_AMB", date(2021, 5, 9), date(2021, 5, 9)),
    ]
    entries = of(cdm, "admitted_from_source_value, admitted_from_concept_id", "visit_occurrence")
    assert [entry[1:] for entry in entries if entry[0] == 1935] == [
        ("7-R", 8717), ("8", 0), ("8-5", 8870), ("8-7", 8676), ("8-U", 8870),
    ]  # fmt: skip


def test_parts_have_a_kind_of_their_own(cdm: duckdb.DuckDBPyConnection) -> None:
    columns = "visit_detail_concept_id, visit_detail_start_date, visit_detail_end_date"
    assert of(cdm, columns, "visit_detail") == [
        (1923, 9201, date(2019, 5, 3), date(2019, 5, 6)),
        (1923, 32037, date(2019, 5, 1), date(2019, 5, 3)),
        (1934, 9201, date(2019, 12, 28), date(2019, 12, 31)),
        (1934, 32037, date(2019, 12, 31), date(2020, 1, 4)),
        (1951, 9201, date(2019, 5, 6), date(2019, 5, 12)),
        (1951, 581479, date(2019, 5, 13), date(2019, 5, 19)),
        (1952, 581476, date(2008, 5, 1), date(2008, 5, 1)),
        (1953, 9201, date(2019, 3, 1), date(2019, 3, 31)),
        (1953, 9202, date(2019, 3, 10), date(2019, 3, 20)),
        (1953, 9202, date(2019, 4, 1), date(2019, 4, 30)),
        (1958, 9201, date(2019, 5, 1), date(2019, 5, 5)),
        (1959, 581476, date(2021, 3, 1), date(2021, 3, 10)),
        (1960, 9201, date(2021, 3, 1), date(2021, 3, 10)),
        (1962, 9201, date(2021, 3, 1), date(2021, 3, 7)),
        (1962, 9201, date(2021, 3, 1), date(2021, 3, 7)),
        (1963, 581476, date(2021, 3, 1), date(2021, 3, 14)),
        (1964, 9201, date(2021, 3, 1), date(2021, 3, 14)),
    ]


def test_diagnoses(cdm: duckdb.DuckDBPyConnection) -> None:
    found = of(
        cdm, "condition_source_value, condition_status_source_value, condition_concept_id > 0",
        "condition_occurrence",
    )  # fmt: skip
    years = (1923, 1924, 1925, 1952, 1956, 1962, 1963, 1964, 1965)
    assert [row for row in found if row[0] in years] == [
        (1923, "E119", "DAS", True),
        (1923, "I10", "DR_RUM", True),
        (1923, "I500", "DP", True),
        (1923, "J180", "DP_RUM", True),
        (1924, "E119", "DP", True),
        (1924, "E119", "DP", True),
        (1924, "E119", "DP", True),
        (1924, "E1190+0", "DP", True),
        (1924, "ZZZZ", "DP", False),
        (1925, "E119", "DP", True),
        (1925, "I10", "DAS", True),
        (1925, "I10", "DAS", True),
        (1925, "I10", "DAS", True),
        (1925, "I500", "DP", True),
        (1925, "J180", "DP", True),
        (1952, "C189", "DAS", True),
        (1952, "I10", "DAS", True),
        (1956, "C349", "2-1", True),
        (1956, "I10", "6-1", True),
        (1956, "J960", "1-1", True),
        (1962, "E119", "DAS", True),
        (1962, "I500", "MMP", True),
        (1962, "S7200", "MMP", True),
        (1963, "C189", "DP", True),
        (1963, "I10", "DAS", True),
        (1964, "F200", "DP", True),
        (1964, "I10", "DAS", True),
        (1965, "I10", "DAS", True),
    ]


def test_acts_drugs_and_implants(cdm: duckdb.DuckDBPyConnection) -> None:
    assert of(cdm, "procedure_source_value, procedure_date", "procedure_occurrence") == [
        (1926, "DZQM006", date(2019, 3, 1)),
        (1934, "DZQM006", date(2020, 1, 2)),
        (1962, "DZQM006", date(2021, 3, 3)),
    ]
    drugs = "drug_source_value, drug_exposure_start_date, quantity"
    assert of(cdm, drugs, "drug_exposure") == [
        (1926, "9189944", date(2019, 3, 1), 2.0),
        (1936, "9189944", date(2012, 3, 2), 2.0),
        (1958, "9189944", date(2019, 5, 2), 2.0),
        (1962, "9189944", date(2021, 3, 3), 2.0),
    ]
    kinds = "select visit_source_value from cdm.drug_exposure join cdm.visit_occurrence as visit "
    assert cdm.sql(
        f"{kinds} using (visit_occurrence_id) order by drug_exposure_start_date"
    ).fetchall() == [("MCO_HC",), ("MCO_HC",), ("SSR_HC",), ("SSR_HC",)]
    devices = "device_source_value, device_exposure_start_date, quantity"
    assert of(cdm, devices, "device_exposure") == [
        (1936, "3105872", date(2012, 3, 2), 2),
        (1936, "3115824", date(2012, 3, 1), 1),
        (1961, "3105872", date(2021, 3, 7), 1),
    ]


def test_deaths(cdm: duckdb.DuckDBPyConnection) -> None:
    assert of(cdm, "death_date, death_type_concept_id, cause_source_value", "death") == [
        (1930, date(2008, 5, 31), 32812, None),
        (1931, date(2019, 3, 5), 32812, None),
        (1932, date(2019, 3, 7), 32848, None),
        (1952, date(2008, 5, 31), 32812, None),
        (1956, date(2020, 9, 30), 32815, "C349"),
        (1957, date(2020, 9, 11), 32815, None),
        (1958, date(2019, 5, 20), 32812, None),
    ]


def test_sites(cdm: duckdb.DuckDBPyConnection) -> None:
    names = dict(
        cdm.sql("select care_site_source_value, care_site_name from cdm.care_site").fetchall()
    )
    assert names[PUBLIC] == "HOPITAL"
    assert "010000123" in names
    # a unit is at the place of its geographic number, else at that of its stay
    assert cdm.sql(
        "select visit_detail_source_value, care_site_source_value from cdm.visit_detail "
        "join cdm.care_site using (care_site_id) join cdm.person using (person_id) "
        "where year_of_birth = 1923 order by all"
    ).fetchall() == [("01A", "750100042"), ("MCO_HC", PUBLIC)]


def test_money(cdm: duckdb.DuckDBPyConnection) -> None:
    assert cdm.sql(
        "select cost_domain_id, visit_source_value, sum(paid_by_payer) from cdm.cost "
        "left join cdm.visit_occurrence on cost_event_id = visit_occurrence_id group by all "
        "order by all"
    ).fetchall() == [
        ("Drug", None, Decimal("500.00")),
        ("Visit", "HAD", Decimal("225.00")),
        ("Visit", "MCO_ACE", Decimal("20.00")),
        ("Visit", "MCO_ATU", Decimal("60.00")),
        ("Visit", "PSY_TC", Decimal("25.00")),
        ("Visit", "SSR_HC", Decimal("720.00")),
    ]


def test_ledger(cdm: duckdb.DuckDBPyConnection) -> None:
    assert cdm.sql("select * from audit.balance where residual <> 0").fetchall() == []
    assert cdm.sql(
        "select source_table, rule_id, sum(n_rows)::int from audit.ledger "
        "where rule_id is not null group by all order by all"
    ).fetchall() == [
        ("ER_PRS_F", "R18", 2),
        ("KI_CCI_R", "R13", 1),
        ("KI_ECD_R", "R32", 1),
        ("T_HADaaB", "R13", 1),
        ("T_MCOaaA", "R31", 1),
        ("T_MCOaaB", "R06", 1),
        ("T_MCOaaB", "R09", 14),
        ("T_MCOaaB", "R13", 1),
        ("T_MCOaaC", "R06", 1),
        ("T_MCOaaC", "R09", 13),
        ("T_MCOaaC", "R13", 1),
        ("T_MCOaaC", "R31", 1),
        ("T_MCOaaCSTC", "R09", 2),
        ("T_MCOaaD", "R32", 1),
        ("T_MCOaaDMIP", "R38a", 1),
        ("T_MCOaaMED", "R32", 1),
        ("T_MCOaaMED", "R38a", 1),
        ("T_RIPaaR3A", "R13", 1),
        ("T_RIPaaR3A", "R37", 1),
        ("T_RIPaaRSA", "R13", 1),
        ("T_SSRaaB", "R13", 1),
        ("T_SSRaaB", "R34a", 1),
        ("T_SSRaaB", "R34b", 1),
        ("T_SSRaaC", "R34a", 1),
        ("T_SSRaaFB", "R22b", 1),
    ]
