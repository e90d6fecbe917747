"""Months without rows, lines without details, days in the future: boundary values."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from data_quality.completeness import (
    future_days,
)
from data_quality.completeness.ends import stops_early
from data_quality.completeness.future import is_far_ahead
from data_quality.completeness.months import Stretch, missing_months, without_details
from tests.stated_delivery import LIMITS


def months(*counts: int, first: date = date(2019, 1, 1)) -> dict[date, int]:
    start = first.year * 12 + first.month - 1
    return {date((start + i) // 12, (start + i) % 12 + 1, 1): n for i, n in enumerate(counts) if n}


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((10, 10, 10), []),
        ((10, 0, 10), [(2019, 2, 2)]),
        ((9, 0, 10), []),
        ((10, 0, 9), []),
        ((11, 11, 0, 0, 0, 11), [(2019, 3, 5)]),
        # stays of two hundred persons: one month of twelve among months of two is no usual month
        ((2, 3, 12, 1, 2, 0, 12, 2, 3, 1, 2), []),
        # half of the months of each side hold ten rows or more
        ((2, 10, 12, 0, 12, 10, 2), [(2019, 4, 4)]),
        # flux that only brings late payments is no gap
        ((900, 900, 300, 40, 7, 0, 3), []),
        ((91, 90, 99, 116, 90, 103, 23, 23, 4, 1, 3, 0, 15), []),
        # one of the last months missing is one
        ((900, 900, 0, 300, 40, 7), [(2019, 3, 3)]),
        # less than a tenth of both sides, from fifty rows on
        ((50, 4, 50), [(2019, 2, 2)]),
        ((50, 5, 50), []),
        ((49, 4, 50), []),
        ((), []),
        ((100,), []),
    ],
)
def test_missing_months(counts: tuple[int, ...], expected: list[tuple[int, int, int]]) -> None:
    found = missing_months(months(*counts), LIMITS)
    assert found == [Stretch(date(y, a, 1), date(y, b, 1)) for y, a, b in expected]


def test_a_gap_of_twenty_months_is_not_hidden_by_its_neighbours() -> None:
    counts = months(*[30] * 12, *[0] * 20, *[30] * 12)
    assert missing_months(counts, LIMITS) == [Stretch(date(2020, 1, 1), date(2021, 8, 1))]


@pytest.mark.parametrize(
    ("details", "from_lines", "expected"),
    [
        ((4, 4, 4, 4), 8, []),
        ((4, 0, 0, 4), 8, [(2, 3)]),
        ((4, 0, 0, 4), 9, []),
        ((0, 0, 0, 0), 16, [(1, 4)]),
        ((4, 4, 0, 0), 8, [(3, 4)]),
    ],
)
def test_lines_without_details(
    details: tuple[int, ...], from_lines: int, expected: list[tuple[int, int]]
) -> None:
    found = without_details(months(4, 4, 4, 4), months(*details), from_lines)
    assert found == [Stretch(date(2019, a, 1), date(2019, b, 1)) for a, b in expected]


RELEASED = date(2019, 7, 1)


@pytest.mark.parametrize(
    ("later", "today", "far"),
    [
        ([], date(2026, 12, 1), False),
        # late payments: months apart, then seven months, the last empty ones that are skipped
        ([date(2019, 9, 1), date(2020, 4, 1)], date(2026, 12, 1), False),
        ([date(2020, 2, 1)], date(2026, 12, 1), False),
        ([date(2020, 3, 1)], date(2026, 12, 1), True),
        ([date(2031, 4, 1)], date(2026, 12, 1), True),
        # nothing is later than the month of today
        ([date(2019, 9, 1)], date(2019, 9, 1), False),
        ([date(2019, 9, 1)], date(2019, 8, 31), True),
    ],
)
def test_flux_months_in_the_future(later: list[date], today: date, *, far: bool) -> None:
    assert is_far_ahead([RELEASED, *later], RELEASED, today) is far


def test_days_in_the_future_are_noted_by_table_and_year() -> None:
    with duckdb.connect() as connection:
        for statement in (
            "create schema cdm; create schema audit; create schema lake",
            "create table cdm.cdm_source as select date '2019-07-01' as source_release_date",
            "create table lake.NS_PRS_F as select date '2019-06-17' as FLX_DIS_DTD",
            "create table lake.ER_PRS_F as select unnest([date '2019-06-17', date '2031-04-01'])"
            " as FLX_DIS_DTD",
            "create table audit.ledger as select * from (values"
            " ('T_MCOaaB', 2019, 'excluded', 'R04b', 1), ('T_MCOaaB', 2018, 'excluded', 'R04b', 0),"
            " ('IR_VAC_F', null, 'excluded', 'R04b', 2), ('T_MCOaaB', 2017, 'excluded', 'R30a', 4))"
            " as l (source_table, source_year, disposition, rule_id, n_rows)",
            "create table audit.person_facts as select"
            " 'death_before_birth_or_after_the_delivery' as fact, 1 as n_persons",
        ):
            connection.execute(statement)
        names = ("cdm.cdm_source", "lake.ER_PRS_F", "lake.NS_PRS_F", "audit.ledger")
        readable = {name: name for name in (*names, "audit.person_facts")}
        found = future_days(
            lambda sql: connection.execute(sql).fetchall(), readable, date(2026, 12, 1)
        )
        assert [(one.kind, one.what) for one in found] == [
            ("flux", "ER_PRS_F"),
            ("care", "IR_VAC_F"),
            ("care", "T_MCOaaB 2019"),
            ("death", "IR_BEN_R"),
        ]
        connection.execute("update audit.person_facts set n_persons = 0")
        found = future_days(
            lambda sql: connection.execute(sql).fetchall(), readable, date(2026, 12, 1)
        )
        assert "death" not in {one.kind for one in found}
        assert future_days(lambda _sql: [], {}, date(2026, 12, 1)) == ()


@pytest.mark.parametrize(
    ("lines", "exits", "expected"),
    [
        # a file of the year that stops in June, hospitals that go on
        ([10] * 6, [3] * 12, ["2019-07 – 2019-12"]),
        ([10] * 6, [3] * 7, []),
        ([10] * 6, [3] * 8, ["2019-07 – 2019-08"]),
        ([9] * 6, [3] * 12, []),
        # late payments only: the care stopped before
        ([10] * 3 + [1] * 5, [3] * 12, []),
        # whole years, and hospitals of the year after, which a study may want alone
        ([10] * 12, [3] * 12, []),
        ([10] * 12, [3] * 24, []),
        ([10] * 13, [3] * 12, []),
        ([], [3] * 12, []),
        ([10] * 6, [], []),
    ],
)  # fmt: skip
def test_flux_that_stops_before_the_hospitals_of_its_year(
    lines: list[int], exits: list[int], expected: list[str]
) -> None:
    found = stops_early("ER_PRS_F", months(*lines), months(*exits), LIMITS)
    assert [one.when for one in found] == expected
