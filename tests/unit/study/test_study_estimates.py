"""Figures of cohorts: by hand on six persons, and against days counted one by one."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from etl.study.cohorts import COHORT, SCHEMA, Cohort
from etl.study.definitions import Definition
from etl.study.estimates import Figures, Yearly, figures
from tests.tiny_cdm import tiny_cdm

M, F, UNKNOWN = 8507, 8532, 0
Periods = list[tuple[int, str, str]]
Entries = list[tuple[int, str, str]]


def of(
    persons: list[tuple[int, int, str]], periods: Periods, entries: Entries, prior: int
) -> Figures:
    connection = tiny_cdm(persons, periods)
    connection.execute(f"create schema {SCHEMA}")
    connection.execute(
        f"create table {COHORT} (cohort_definition_id bigint, subject_id bigint, "
        "cohort_start_date date, cohort_end_date date)"
    )
    for entry in entries:
        connection.execute(f"insert into {COHORT} values (1, $1, $2, $3)", list(entry))
    definition = Definition("c", "c.sql", "sql", "", "")
    persons_of = len({entry[0] for entry in entries})
    return figures(connection, [Cohort(1, definition, (("All", persons_of),))], prior)["c"]


PERSONS = [
    (1, M, "1950-06-15"), (2, F, "1980-01-01"), (3, F, "2010-12-31"),
    (4, M, "1945-03-01"), (5, UNKNOWN, "1990-05-05"), (6, F, "1955-07-01"),
]  # fmt: skip
PERIODS = [
    (1, "2018-01-01", "2020-12-31"), (2, "2018-01-01", "2020-12-31"),
    (3, "2019-07-01", "2020-12-31"), (4, "2018-01-01", "2019-03-31"),
    (5, "2018-01-01", "2020-12-31"), (6, "2018-01-01", "2020-12-31"),
]  # fmt: skip
# 1 enters twice, 4 in its first year, 6 on the last day, 3 the day before its 10th birthday.
ENTRIES = [
    (1, "2019-01-10", "2019-02-01"), (1, "2020-06-01", "2020-06-02"),
    (4, "2018-05-01", "2019-03-31"), (6, "2020-12-31", "2020-12-31"),
    (3, "2020-12-30", "2020-12-31"),
]  # fmt: skip


@pytest.fixture(scope="module")
def by_hand() -> Figures:
    return of(PERSONS, PERIODS, ENTRIES, 365)


def test_persons_are_counted_at_their_first_entry(by_hand: Figures) -> None:
    assert by_hand.groups == {
        ("Male", "65 to 74", 2019): 1,  # 1: 68 years
        ("Male", "65 to 74", 2018): 1,  # 4: 73 years
        ("Female", "65 to 74", 2020): 1,  # 6: 65 years
        ("Female", "0 to 17", 2020): 1,  # 3: 9 years
    }
    assert by_hand.records == (5, 2, 1)


@pytest.mark.parametrize(
    ("year", "sex", "expected"),
    [
        # at risk from 2019-01-01; 1 until its entry: 10 days; 4 had entered before
        (2019, "Male", Yearly(1, 10, 1)),
        # 2 and 6 the whole year; 3 is not observed for 365 days yet
        (2019, "Female", Yearly(2, 365 + 365, 0)),
        (2019, "None", Yearly(1, 365, 0)),
        (2020, "Male", Yearly(0, 0, 0)),
        # 3 from 2020-06-30 until 2020-12-30: 184 days; 6 enters on the last day: 366
        (2020, "Female", Yearly(3, 366 + 366 + 184, 2)),
        (2020, "None", Yearly(1, 366, 0)),
    ],
)
def test_days_at_risk_and_first_entries(
    by_hand: Figures, year: int, sex: str, expected: Yearly
) -> None:
    assert by_hand.incidence.get((year, sex), Yearly(0, 0, 0)) == expected


@pytest.mark.parametrize(
    ("year", "sex", "persons", "affected"),
    [
        (2018, "Male", 2, 1), (2018, "Female", 2, 0), (2018, "None", 1, 0),
        (2019, "Male", 2, 2), (2019, "Female", 3, 0), (2019, "None", 1, 0),
        (2020, "Male", 1, 1), (2020, "Female", 3, 2), (2020, "None", 1, 0),
    ],
)  # fmt: skip
def test_persons_observed_and_affected(
    by_hand: Figures, year: int, sex: str, persons: int, affected: int
) -> None:
    found = by_hand.prevalence[year, sex]
    assert (found.denominator, found.outcome) == (persons, affected)


def test_a_year_that_the_database_covers_in_part_has_no_rate() -> None:
    periods = [(1, "2018-01-02", "2019-12-30")]
    found = of([(1, M, "1950-01-01")], periods, [(1, "2018-06-01", "2018-06-01")], 0)
    assert found.prevalence == {}
    periods = [(1, "2018-01-01", "2018-12-31")]
    found = of([(1, M, "1950-01-01")], periods, [(1, "2018-06-01", "2018-06-01")], 0)
    assert found.incidence == {(2018, "Male"): Yearly(1, 152, 1)}


def day_by_day(
    persons: list[tuple[int, int, str]], periods: Periods, entries: Entries, prior: int
) -> tuple[dict[tuple[int, str], Yearly], dict[tuple[int, str], Yearly]]:
    """A second method: every person, every day, no SQL and no interval."""
    sexes = {M: "Male", F: "Female", UNKNOWN: "None"}
    first: dict[int, date] = {}
    for person, start, _ in entries:
        day = date.fromisoformat(start)
        first[person] = min(first.get(person, day), day)
    results = []
    for shift, is_incidence in ((prior, True), (0, False)):
        days: dict[int, set[date]] = {}
        for person, start, end in periods:
            begin = date.fromisoformat(start) + timedelta(shift)
            length = (date.fromisoformat(end) - begin).days + 1
            days.setdefault(person, set()).update(begin + timedelta(n) for n in range(length))
        every = sorted({day for one in days.values() for day in one})
        years = [
            year
            for year in range(every[0].year, every[-1].year + 1)
            if every[0] <= date(year, 1, 1) and date(year, 12, 31) <= every[-1]
        ]
        found: dict[tuple[int, str], Yearly] = {}
        for year in years:
            for person, sex, _ in persons:
                mine = {day for day in days.get(person, ()) if day.year == year}
                if is_incidence:
                    mine = {day for day in mine if person not in first or day <= first[person]}
                    outcome = person in first and first[person] in mine
                else:
                    outcome = any(
                        date.fromisoformat(start) <= day <= date.fromisoformat(end)
                        for one, start, end in entries
                        if one == person
                        for day in mine
                    )
                if mine:
                    so_far = found.get((year, sexes[sex]), Yearly(0, 0, 0))
                    found[year, sexes[sex]] = Yearly(
                        so_far.denominator + 1, so_far.days + len(mine), so_far.outcome + outcome
                    )
        results.append(found)
    return results[0], results[1]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("prior", [0, 200])
def test_years_are_those_of_days_counted_one_by_one(seed: int, prior: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    persons, periods, entries = [], [], []

    def days(first: int, last: int) -> tuple[str, str]:
        begin = chance.randint(first, last)
        end = chance.randint(begin, last)
        zero = date(2018, 1, 1)
        return str(zero + timedelta(begin)), str(zero + timedelta(end))

    for person in range(1, 41):
        persons.append((person, chance.choice([M, F, UNKNOWN]), "1960-02-29"))
        periods.append((person, *days(0, 300)))
        if chance.random() < 0.5:
            periods.append((person, *days(310, 1300)))
        for _ in range(chance.randint(0, 3)):
            entries.append((person, *days(0, 1000)))
    periods.append((1, "2017-01-01", "2017-12-31"))
    found = of(persons, periods, entries, prior)
    incidence, prevalence = day_by_day(persons, periods, entries, prior)
    assert {key: one for key, one in found.incidence.items() if one.denominator} == incidence
    assert found.prevalence == prevalence
    assert incidence and sum(one.outcome for one in prevalence.values()) > 0
