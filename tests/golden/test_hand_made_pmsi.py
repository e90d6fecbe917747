"""Hard cases of hospitals, written by hand: their answers come from reading the rules.

The files are in hospital_delivery; one person a case, known by the year of birth.
"""

from __future__ import annotations

import os
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.golden.hospital_delivery import delivery, table


@pytest.fixture(scope="module")
def cdm(tmp_path_factory: pytest.TempPathFactory, build_of: Any) -> duckdb.DuckDBPyConnection:
    root = tmp_path_factory.mktemp("pmsi")
    for name, rows in delivery().files.items():
        # one delivery holds a table and year once: what came again came in a later delivery
        path = root / ("later" if name.startswith("two/") else "delivery") / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(table(rows), encoding="utf-8")
    (root / "later" / "delivery.toml").write_text('kind = "increment"\n', encoding="utf-8")
    # psychiatry ends in 2018, which would end the time of all before the death that is looked for
    window = {**os.environ, "SNDS_OMOP_OBSERVATION__END": "2023-12-31"}
    return build_of(root / "delivery", root / "later", env=window)


def rows(cdm: duckdb.DuckDBPyConnection, columns: str, source: str) -> list[tuple[Any, ...]]:
    """Rows of a table of persons, those of each in order."""
    return cdm.sql(
        f"select year_of_birth, {columns} from cdm.{source} join cdm.person using (person_id) "
        "order by all"
    ).fetchall()


def test_visits(cdm: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        cdm, "visit_source_value, visit_concept_id, visit_start_date, visit_end_date",
        "visit_occurrence",
    )  # fmt: skip
    assert found == [
        (1930, "MCO_HC", 9201, date(2008, 5, 1), date(2008, 5, 1)),
        (1931, "MCO_HC", 9201, date(2009, 3, 10), date(2009, 3, 15)),
        (1932, "MCO_HC", 9201, date(2021, 2, 1), date(2021, 2, 3)),
        (1932, "MCO_HC", 9201, date(2022, 2, 1), date(2022, 2, 3)),
        (1932, "MCO_HC", 9201, date(2022, 3, 1), date(2022, 3, 3)),
        (1933, "MCO_HC", 9201, date(2018, 2, 1), date(2018, 2, 3)),
        (1933, "MCO_HC", 9201, date(2018, 7, 1), date(2018, 7, 3)),
        (1934, "MCO_URG_HC", 262, date(2019, 12, 10), date(2019, 12, 20)),
        (1934, "SSR_HC", 9201, date(2019, 12, 20), date(2020, 1, 8)),
        (1935, "SSR_HC", 9201, date(2008, 3, 1), date(2008, 3, 2)),
        (1936, "HAD", 581476, date(2021, 3, 1), date(2021, 3, 20)),
        (1937, "PSY_AMB", 9202, date(2016, 6, 1), date(2016, 6, 1)),
        (1937, "PSY_AMB", 9202, date(2020, 3, 2), date(2020, 3, 2)),
        (1937, "PSY_TC", 9201, date(2016, 1, 10), date(2016, 5, 20)),
        (1938, "MCO_ATU", 9203, date(2021, 6, 5), date(2021, 6, 5)),
        (1939, "MCO_SEANCE", 9202, date(2018, 9, 1), date(2018, 9, 1)),
        (1939, "MCO_SEANCE", 9202, date(2018, 9, 2), date(2018, 9, 2)),
        (1939, "MCO_SEANCE", 9202, date(2019, 9, 1), date(2019, 9, 1)),
        (1940, "MCO_AMB", 8756, date(2020, 10, 1), date(2020, 10, 1)),
        (1941, "MCO_URG_HC", 262, date(2023, 2, 1), date(2023, 2, 3)),
        (1943, "SSR_HP", 581479, date(2018, 2, 1), date(2018, 2, 20)),
        (1944, "MCO_HC", 9201, date(2007, 5, 1), date(2007, 5, 1)),
        (1945, "MCO_AMB", 8756, date(2021, 6, 10), date(2021, 6, 10)),
        (1945, "MCO_HC", 9201, date(2021, 6, 10), date(2021, 6, 14)),
        (1946, "PSY_TC", 9201, date(2017, 11, 10), date(2018, 2, 15)),
        (1947, "MCO_HC", 9201, date(2015, 3, 4), date(2015, 3, 7)),
        (1948, "MCO_HC", 9201, date(2021, 3, 4), date(2021, 3, 7)),
        (1951, "MCO_HC", 9201, date(2012, 2, 1), date(2012, 2, 2)),
        (1953, "SSR_HC", 9201, date(2022, 12, 12), date(2023, 3, 10)),
        (1954, "MCO_ACE", 9202, date(2008, 4, 1), date(2008, 4, 1)),
        (1954, "MCO_ACE", 9202, date(2008, 4, 1), date(2008, 4, 1)),
        (2015, "MCO_HC", 9201, date(2015, 3, 4), date(2015, 3, 7)),
        (2021, "MCO_HC", 9201, date(2021, 3, 4), date(2021, 3, 7)),
    ]


def test_parts_of_stays(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(cdm, "visit_detail_start_date, visit_detail_end_date", "visit_detail") == [
        (1931, date(2009, 3, 10), date(2009, 3, 12)),
        (1931, date(2009, 3, 12), date(2009, 3, 15)),
        (1934, date(2019, 12, 20), date(2019, 12, 22)),
        (1934, date(2019, 12, 23), date(2019, 12, 29)),
        (1934, date(2019, 12, 30), date(2020, 1, 5)),
        (1935, date(2008, 3, 1), date(2008, 3, 2)),
        (1936, date(2021, 3, 1), date(2021, 3, 10)),
        (1937, date(2016, 1, 10), date(2016, 3, 31)),
        (1943, date(2018, 2, 1), date(2018, 2, 4)),
        (1946, date(2018, 1, 1), date(2018, 2, 15)),
        (1953, date(2022, 12, 12), date(2022, 12, 18)),
        (1953, date(2023, 2, 6), date(2023, 2, 12)),
        (1953, date(2023, 3, 6), date(2023, 3, 10)),
    ]


def test_transfers(cdm: duckdb.DuckDBPyConnection) -> None:
    assert cdm.sql(
        "select later.visit_source_value, earlier.visit_source_value, "
        "earlier.discharged_to_source_value, later.admitted_from_source_value, "
        "later.discharged_to_source_value from cdm.visit_occurrence as later "
        "join cdm.visit_occurrence as earlier "
        "on later.preceding_visit_occurrence_id = earlier.visit_occurrence_id order by all"
    ).fetchall() == [
        ("MCO_HC", "MCO_AMB", "7-1", "7-1", "8"),
        ("SSR_HC", "MCO_URG_HC", "7-2", "7-1", "9"),
    ]


def test_mothers_and_children(cdm: duckdb.DuckDBPyConnection) -> None:
    assert cdm.sql(
        "select one.year_of_birth, other.year_of_birth from cdm.fact_relationship "
        "join cdm.person as one on fact_id_1 = one.person_id "
        "join cdm.person as other on fact_id_2 = other.person_id order by all"
    ).fetchall() == [(1947, 2015), (1948, 2021), (2015, 1947), (2021, 1948)]
    entries = rows(cdm, "admitted_from_source_value", "visit_occurrence")
    assert [entry for entry in entries if entry[0] > 2000] == [(2015, "8"), (2021, "N")]


def test_deaths(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(cdm, "death_date, death_type_concept_id", "death") == [
        (1934, date(2020, 1, 8), 32812),
        (1949, date(2021, 9, 11), 32815),
    ]
    # that only a hospital knows of it is enough to end the observation
    assert rows(cdm, "observation_period_end_date", "observation_period")[4] == (
        1934, date(2020, 1, 8)
    )  # fmt: skip


def test_causes_of_death(cdm: duckdb.DuckDBPyConnection) -> None:
    """Of the only certificate of one person; the machine and the unknown cause are marked."""
    found = rows(
        cdm, "condition_source_value, condition_status_concept_id, condition_status_source_value",
        "condition_occurrence",
    )  # fmt: skip
    assert [cause for cause in found if cause[0] in (1949, 1950)] == [
        (1949, "I10", 32894, "6-1-IA"),
    ]
    # an unknown cause is an observation: its place stands in the qualifier
    unknown = rows(cdm, "observation_source_value, qualifier_source_value", "observation")
    assert [cause for cause in unknown if cause[0] in (1949, 1950)] == [
        (1949, "R99", "1-1-IA-R99"),
    ]
    assert rows(cdm, "cause_source_value", "death") == [(1934, None), (1949, "R99")]


def test_diagnoses(cdm: duckdb.DuckDBPyConnection) -> None:
    events = (
        "(select person_id, condition_start_date as day, condition_source_value as code "
        "from cdm.condition_occurrence union select person_id, observation_date, "
        "observation_source_value from cdm.observation) as events"
    )
    found = cdm.sql(
        f"select year_of_birth, day, code from {events} join cdm.person using (person_id) "
        "where year_of_birth not in (1932, 1933, 1939, 1940) order by all"
    ).fetchall()
    assert found == [
        (1930, date(2008, 5, 1), "E119"),
        (1930, date(2008, 5, 1), "I500"),
        (1931, date(2009, 3, 10), "I500"),
        (1931, date(2009, 3, 12), "J180"),
        (1934, date(2019, 12, 10), "I500"),
        (1934, date(2019, 12, 20), "S7200"),
        (1934, date(2019, 12, 20), "Z501"),
        (1935, date(2008, 3, 1), "E119"),
        (1935, date(2008, 3, 1), "I10"),
        (1935, date(2008, 3, 1), "S7200"),
        (1936, date(2021, 3, 1), "C189"),
        (1937, date(2016, 1, 10), "F200"),
        (1941, date(2023, 2, 1), "E119"),
        (1941, date(2023, 2, 1), "I10"),
        (1941, date(2023, 2, 1), "I500"),
        (1943, date(2018, 2, 1), "S7200"),
        (1944, date(2007, 5, 1), "I500"),
        (1945, date(2021, 6, 10), "I500"),
        (1946, date(2018, 1, 1), "F200"),
        (1947, date(2015, 3, 4), "O800"),
        (1948, date(2021, 3, 4), "O800"),
        (1949, date(2021, 9, 11), "I10"),
        (1949, date(2021, 9, 11), "R99"),
        (1951, date(2012, 2, 1), "I500"),
        (1953, date(2022, 12, 12), "S7200"),
        (1953, date(2023, 2, 6), "Z501"),
        (2015, date(2015, 3, 4), "Z370"),
        (2021, date(2021, 3, 4), "Z370"),
    ]


def test_acts(cdm: duckdb.DuckDBPyConnection) -> None:
    assert rows(cdm, "procedure_source_value, procedure_date", "procedure_occurrence") == [
        (1930, "DZQM006", date(2008, 5, 1)),
        (1934, "ALQ+183", date(2019, 12, 24)),
        (1934, "ALQ+183", date(2020, 1, 1)),
        (1941, "DZQM006", date(2023, 2, 2)),
        (1946, "AZRP001", date(2018, 1, 6)),
    ]
    measured = "measurement_source_value, measurement_date, value_source_value, value_as_concept_id"
    assert rows(cdm, measured, "measurement") == [
        (1932, "GLQP012", date(2021, 2, 2), None, None),
        (1943, "0126", date(2018, 2, 3), None, None),
    ]


def test_drugs(cdm: duckdb.DuckDBPyConnection) -> None:
    drugs = "drug_source_value, drug_exposure_start_date, quantity"
    assert rows(cdm, drugs, "drug_exposure") == [
        (1936, "9189944", date(2021, 3, 3), 1.5),
        (1938, "9189944", date(2021, 6, 5), 2.0),
        (1939, "9261104", date(2018, 9, 1), 4.0),
        (1939, "9261104", date(2018, 9, 2), 4.0),
        (1939, "9261104", date(2019, 9, 1), 8.0),
        (1943, "9189944", date(2018, 2, 4), 1.0),
    ]


def test_devices_on_private_bills(cdm: duckdb.DuckDBPyConnection) -> None:
    devices = "device_source_value, device_exposure_start_date, quantity"
    assert rows(cdm, devices, "device_exposure") == [
        (1943, "3105872", date(2018, 2, 2), 1),
        (1944, "3105872", date(2007, 5, 1), 1),
        (1944, "3115824", date(2007, 5, 1), 2),
    ]


def test_money(cdm: duckdb.DuckDBPyConnection) -> None:
    found = cdm.sql(
        "select year_of_birth, paid_by_payer, amount_allowed, cost_type_concept_id, "
        "drg_source_value from cdm.cost join cdm.visit_occurrence "
        "on cost_event_id = visit_occurrence_id join cdm.person using (person_id) order by all"
    ).fetchall()
    assert found == [
        (birth, Decimal(paid), Decimal(base) if base else None, kind, drg)
        for birth, paid, base, kind, drg in (
            (1932, "1000.10", "1250.00", 32852, "05M092"),
            (1932, "2000.20", "2500.00", 32852, "05M092"),
            (1934, "50.05", "60.00", 32852, None),
            (1936, "3.60", "", 32868, None),
            (1936, "14.40", "18.00", 32852, None),
            (1936, "700.70", "0.00", 32852, None),
            (1938, "21.00", "30.00", 32852, None),
            (1938, "21.00", "30.00", 32852, None),
            (1940, "19.60", "28.00", 32852, "05M092"),
            (1940, "160.00", "", 32868, "05M092"),
            (1940, "640.00", "800.00", 32852, "05M092"),
            (1943, "8.40", "", 32868, None),
            (1943, "19.60", "28.00", 32852, None),
            (1943, "100.00", "125.00", 32852, None),
            (1954, "16.10", "23.00", 32852, None),
            (1954, "21.00", "", 32852, None),
        )
    ]


def test_ledger(cdm: duckdb.DuckDBPyConnection) -> None:
    """Each refusal has its rule; the year delivered twice counts once."""
    assert cdm.sql("select * from audit.balance where residual <> 0").fetchall() == []
    refused = cdm.sql(
        "select source_table, rule_id, sum(n_rows)::int from audit.ledger "
        "where rule_id is not null group by all order by all"
    ).fetchall()
    assert refused == [
        ("KI_CCI_R", "R42", 3),
        ("KI_ECD_R", "R42", 1),
        ("T_HADaaB", "R35", 2),
        ("T_HADaaC", "R35", 1),
        ("T_HADaaGRP", "R35", 2),
        ("T_HADaaVALO", "R35", 1),
        ("T_MCOaaA", "R13", 2),
        ("T_MCOaaB", "R09", 2),
        ("T_MCOaaB", "R13", 1),
        ("T_MCOaaB", "R30a", 1),
        ("T_MCOaaB", "R30b", 1),
        ("T_MCOaaB", "R30c", 1),
        ("T_MCOaaB", "R30d", 1),
        ("T_MCOaaB", "R30e", 1),
        ("T_MCOaaC", "R09", 2),
        ("T_MCOaaC", "R13", 1),
        ("T_MCOaaC", "R30a", 1),
        ("T_MCOaaC", "R30b", 1),
        ("T_MCOaaC", "R30c", 1),
        ("T_MCOaaC", "R30d", 1),
        ("T_MCOaaC", "R30e", 1),
        ("T_MCOaaD", "R13", 1),
        ("T_MCOaaFA", "R22c", 1),
        ("T_MCOaaMEDATU", "R38b", 3),
        ("T_MCOaaSTC", "R22c", 1),
        ("T_MCOaaVALO", "R22a", 1),
        ("T_RIPaaR3A", "R37", 1),
        ("T_RIPaaRSA", "R36a", 1),
        ("T_SSRaaB", "R34c", 1),
        ("T_SSRaaFA", "R22c", 1),
    ]
