"""What stands in each family, and the sums that a reader knows: numbers of Achilles' analyses."""

from __future__ import annotations

import duckdb
import pytest

from etl.publish.cells import Cell, Family, Key
from etl.publish.families import achilles_families, mapping_family, row_family
from etl.publish.margins import Most, domain_margins, most_records, table_cells
from etl.publish.protection import Sum
from etl.release.achilles import domains
from tests.tiny_cdm import tiny_cdm

HEART, COLON = 316139, 4249893
CONDITIONS = [
    *[(1, HEART, "2021-03-01"), (1, HEART, "2021-03-02"), (1, HEART, "2021-04-01")],
    *[(2, HEART, "2021-03-09"), (2, HEART, "2021-03-10"), (3, HEART, "2021-03-09")],
    (3, COLON, "2020-12-31"),  # before its period: not counted
    (3, COLON, "2021-12-31"),
]
PERIODS = [(person, "2021-01-01", "2021-12-31") for person in (1, 2, 3)]


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = tiny_cdm(
        [(person, 8507, "1950-01-01") for person in (1, 2, 3)], PERIODS, CONDITIONS
    )
    connection.execute("create schema results; create schema audit")
    strata = ", ".join(f"stratum_{number} varchar" for number in range(1, 6))
    connection.execute(
        f"create table results.achilles_results (analysis_id int, {strata}, count_value bigint)"
    )
    return connection


def families(
    connection: duckdb.DuckDBPyConnection, rows: list[tuple[int, str, int]]
) -> dict[str, Family]:
    """``stratum/stratum`` of each analysis, and its count."""
    for analysis, strata, count in rows:
        parts: list[str | None] = [part or None for part in strata.split("/")]
        connection.execute(
            "insert into results.achilles_results values (?, ?, ?, ?, ?, ?, ?)",
            [analysis, *(parts + [None] * 5)[:5], count],
        )
    return {one.name: one for one in achilles_families(connection, "results", "cdm")}


def test_each_family_has_its_analyses(connection: duckdb.DuckDBPyConnection) -> None:
    """Of all numbers up to 2,200 those that the families are made of; 0 is Achilles itself."""
    found = families(
        connection, [(1, "", 60), *((number, "x/y", 20) for number in range(2200) if number != 1)]
    )
    shown = {
        name: {int(key[0]) for key in family.cells if key[0].isdigit()}
        for name, family in found.items()
    }
    assert shown.pop("population") == {1, 2, 3, 4, 5, 10, 101, 102, 108, 110, 111, 112, 113, 117}
    assert shown.pop("deaths") == {500, 501, 502, 505}
    assert shown.pop("cover") == {1411}
    assert shown == {
        one.table: {one.block + offset for offset in (0, 1, 2, 5, 20)} for one in domains()
    }


def test_strata_keep_their_places(connection: duckdb.DuckDBPyConnection) -> None:
    """The last that are empty are left out, one between is not."""
    found = families(connection, [(1, "", 60), (10, "1950/8507/c/d/e", 20), (102, "/40", 20)])
    assert set(found["population"].cells) == {
        ("1",), ("10", "1950", "8507", "c", "d", "e"), ("102", "", "40"), ("observed",)
    }  # fmt: skip


def test_months_of_periods_begin_at_fifty_persons(connection: duckdb.DuckDBPyConnection) -> None:
    assert families(connection, [(110, "202101", 40)])["population"].cells.keys() == {("observed",)}
    found = families(connection, [(1, "", 50)])
    assert ("110", "202101") in found["population"].cells


def test_sums_of_the_population(connection: duckdb.DuckDBPyConnection) -> None:
    """2 sex, 3 year of birth, 4 race, 5 ethnicity, 10 year by sex, 101 age, 102 sex by age,
    108 length of observation, 113 number of periods."""
    family = families(connection, [
        (1, "", 60), (2, "8507", 40), (2, "8532", 20), (3, "1950", 60), (4, "0", 60), (5, "0", 60),
        (10, "1950/8507", 40), (10, "1950/8532", 20),
        (101, "70", 30), (101, "71", 28), (102, "8507/70", 30), (102, "8532/71", 28),
        (108, "12", 58), (113, "1", 58), (110, "202101", 50),
    ])["population"]  # fmt: skip
    everyone, observed = ("1",), ("observed",)
    assert family.cells[observed] == Cell(58, 58)
    assert family.unpublished == {observed}
    assert set(family.sums) == {
        Sum(everyone, (("2", "8507"), ("2", "8532"))),
        *(Sum(everyone, (key,)) for key in (("3", "1950"), ("4", "0"), ("5", "0"))),
        Sum(observed, (("101", "70"), ("101", "71"))),
        *(Sum(observed, (key,)) for key in (("108", "12"), ("113", "1"))),
        Sum(("3", "1950"), (("10", "1950", "8507"), ("10", "1950", "8532"))),
        Sum(("2", "8507"), (("10", "1950", "8507"),)),
        Sum(("2", "8532"), (("10", "1950", "8532"),)),
        Sum(("101", "70"), (("102", "8507", "70"),)),
        Sum(("101", "71"), (("102", "8532", "71"),)),
    }


def test_sums_of_deaths(connection: duckdb.DuckDBPyConnection) -> None:
    """500 and 502 count persons (cause, month), 501 and 505 records (cause, type)."""
    family = families(connection, [
        (500, "0", 30), (501, "0", 31), (502, "202101", 20), (502, "202102", 10), (505, "8", 31)
    ])["deaths"]  # fmt: skip
    persons, records = ("dead",), ("deaths",)
    assert family.cells[persons] == Cell(30, 30)
    assert family.cells[records] == Cell(31, 31)
    assert family.unpublished == {persons, records}
    assert set(family.sums) == {
        Sum(persons, (("500", "0"),)),
        Sum(persons, (("502", "202101"), ("502", "202102"))),
        Sum(records, (("501", "0"),)),
        Sum(records, (("505", "8"),)),
    }


def test_a_domain_knows_the_persons_behind_its_records(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """Person 1 has 3 of 6 records of heart failure, person 2 has 2; 2021-03 has 5 of 3 persons."""
    family = families(connection, [
        (1, "", 60), (400, f"{HEART}", 3), (401, f"{HEART}", 6), (401, "999", 7),
        (402, f"{HEART}/3", 3), (405, f"{HEART}/32817", 6), (420, "202103", 5), (420, "202104", 1),
    ])["condition_occurrence"]  # fmt: skip
    heart, total = str(HEART), ("records",)
    assert family.cells == {
        ("400", heart): Cell(3, 3), ("402", heart, "3"): Cell(3, 3),
        ("401", heart): Cell(6, 3, 3, 2),
        ("401", "999"): Cell(7, 1),  # persons that are not found are one: hidden
        ("405", heart, "32817"): Cell(6, 1),
        ("420", "202103"): Cell(5, 3, 2, 2), ("420", "202104"): Cell(1, 1, 1, 0),
        total: Cell(6, 3),
    }  # fmt: skip
    assert family.unpublished == {total}
    assert set(family.sums) == {
        Sum(total, (("401", heart), ("401", "999"))),
        Sum(total, (("420", "202103"), ("420", "202104"))),
        Sum(("401", heart), (("405", heart, "32817"),)),
    }
    assert families(connection, [])["measurement"].cells == {total: Cell(0, 0)}


def test_margins_count_records_within_a_period(connection: duckdb.DuckDBPyConnection) -> None:
    (condition,) = [one for one in domains() if one.table == "condition_occurrence"]
    heart, colon = str(HEART), str(COLON)
    assert domain_margins(connection, "cdm", condition) == {
        401: {(heart,): Cell(6, 3, 3, 2), (colon,): Cell(1, 1, 1, 0)},
        405: {(heart, ""): Cell(6, 3, 3, 2), (colon, ""): Cell(1, 1, 1, 0)},
        420: {
            ("202103",): Cell(5, 3, 2, 2), ("202104",): Cell(1, 1, 1, 0),
            ("202112",): Cell(1, 1, 1, 0),
        },
    }  # fmt: skip


def test_methods_add_up_to_a_vocabulary(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "create table audit.mapping_coverage as select * from (values "
        "('Condition', 'CIM10', 'exact', 30), ('Condition', 'CIM10', 'exact', 10), "
        "('Condition', 'CIM10', 'none', 5)) as t (domain, source_vocabulary, method, n_records)"
    )
    family = mapping_family(connection, "audit", Most({}, 4))
    whole: Key = ("mapping", "Condition", "CIM10")
    assert family.cells == {
        (*whole, "exact"): Cell(40, 10), (*whole, "none"): Cell(5, 2), whole: Cell(45, 12)
    }  # fmt: skip
    assert family.unpublished == {whole}
    assert [(one.total, set(one.parts)) for one in family.sums] == [
        (whole, {(*whole, "exact"), (*whole, "none")})
    ]


def test_rows_of_a_table_and_its_persons(connection: duckdb.DuckDBPyConnection) -> None:
    """A table without persons counts none; a row of cost is of the person of its event."""
    connection.execute(
        "insert into cdm.cost by name select 1 as cost_id, 2 as cost_event_id, "
        "'Condition' as cost_domain_id union all select 2, 1, 'Condition'"
    )
    rows = {"concept": 4, "condition_occurrence": 9, "person": 3, "cost": 2, "death": 0}
    cells = table_cells(connection, "cdm", rows)
    assert cells == {
        "concept": Cell(4, None), "person": Cell(3, 3, 1, 1), "death": Cell(0, 0),
        # 8 rows have a person; the manifest has one more
        "condition_occurrence": Cell(9, 3, 3, 3),
        "cost": Cell(2, 1, 2, 0),  # both are of conditions of person 1
    }  # fmt: skip
    family = row_family(connection, "cdm", rows)
    assert (family.name, family.cells["rows", "person"]) == ("tables", Cell(3, 3, 1, 1))


def test_the_most_records_of_one_person(connection: duckdb.DuckDBPyConnection) -> None:
    """Person 1 has three conditions and one period, person 3 three and two."""
    connection.execute(
        "insert into cdm.observation_period by name select 8 as observation_period_id, "
        "3 as person_id, date '2019-01-01' as observation_period_start_date, "
        "date '2019-12-31' as observation_period_end_date"
    )
    most = most_records(connection, "cdm")
    assert most.by_table["condition_occurrence"] == 3
    assert most.by_table["observation_period"] == 2
    assert most.by_table["measurement"] == 0
    assert most.by_table["cost"] == 0
    assert "concept" not in most.by_table
    assert most.in_all == 5


@pytest.mark.parametrize(
    ("records", "table", "persons"),
    [
        (100, "drug", 10), (101, "drug", 11), (1, "drug", 1), (0, "drug", 0),
        (7, "empty", 7),  # no person has a record: each one is of another
        (7, "concept", 7),  # no table of persons
        (100, None, 3), (80, None, 2),
    ],
)  # fmt: skip
def test_so_many_records_are_of_so_many_persons(
    records: int, table: str | None, persons: int
) -> None:
    assert Most({"drug": 10, "empty": 0}, 40).at_least(records, table) == persons
