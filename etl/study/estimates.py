"""Exact figures of cohorts: persons by group, and by year those observed, at risk and affected.

As IncidencePrevalence 1.2.1 (DARWIN EU) defines them: a person is in the denominator of a year with
one observed day at least; incidence counts the first entry only, and days until it; rates are given
for years that the database covers wholly. Exact figures never leave: see ``protection.py``.
"""

# ruff: noqa: S608 - SQL is made of names of this module; ids are whole numbers.

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import duckdb

from etl.publish.source import CATALOG
from etl.study.cohorts import COHORT, SCHEMA, Cohort

AGE_GROUPS = ((0, 17), (18, 44), (45, 64), (65, 74), (75, 150))
NO_GROUP = "None"
_PERSON = f"{SCHEMA}.person"
_FIRST = f"{SCHEMA}.first_entry"


@dataclass(frozen=True, slots=True)
class Yearly:
    """One year and sex: persons in the denominator, their days, persons with the outcome."""

    denominator: int
    days: int
    outcome: int


@dataclass(slots=True)
class Figures:
    """Exact figures of one cohort."""

    groups: dict[tuple[str, str, int], int] = field(default_factory=dict)
    """Sex, age group and year of the first entry → persons."""
    records: tuple[int, int, int] = (0, 0, 0)
    """Records; those of the one and of the second person who have most."""
    incidence: dict[tuple[int, str], Yearly] = field(default_factory=dict)
    """Year and sex → persons and days at risk, persons who enter for the first time."""
    prevalence: dict[tuple[int, str], Yearly] = field(default_factory=dict)
    """Year and sex → persons and days observed, persons in the cohort on one of these days."""


def age_group(low: int, high: int) -> str:
    return f"{low} to {high}" if high < 150 else f"{low} or above"


def figures(
    connection: duckdb.DuckDBPyConnection, cohorts: Collection[Cohort], prior_observation: int
) -> dict[str, Figures]:
    """Figures of each cohort, by name.

    Args:
        connection: with the release attached and :func:`make_cohorts` done.
        prior_observation: days of observation before a person is at risk of a first entry.
    """
    names = {cohort.number: cohort.name for cohort in cohorts}
    found = {name: Figures() for name in names.values()}
    _prepare(connection)
    for number, sex, age, year, persons in connection.execute(_GROUPS).fetchall():
        found[names[number]].groups[sex, age, year] = persons
    for number, records, largest, second in connection.execute(_RECORDS).fetchall():
        found[names[number]].records = (records, largest, second)
    for name, one in found.items():
        number = next(key for key, value in names.items() if value == name)
        one.incidence = _yearly(connection, number, prior_observation, is_incidence=True)
        one.prevalence = _yearly(connection, number, 0, is_incidence=False)
    return found


def _prepare(connection: duckdb.DuckDBPyConnection) -> None:
    bands = " ".join(
        f"when age between {low} and {high} then '{age_group(low, high)}'"
        for low, high in AGE_GROUPS
    )
    connection.execute(f"create or replace macro {SCHEMA}.age_band(age) as case {bands} "
                       f"else '{NO_GROUP}' end")  # fmt: skip
    connection.execute(
        f"""
        create or replace view {_PERSON} as
        select
            person.person_id,
            case gender.concept_code
                when 'F' then 'Female' when 'M' then 'Male' else '{NO_GROUP}'
            end as sex,
            make_date(
                year_of_birth, coalesce(month_of_birth, 1), coalesce(day_of_birth, 1)
            ) as birth
        from {CATALOG}.cdm.person as person
        left join {CATALOG}.cdm.concept as gender
            on
                person.gender_concept_id = gender.concept_id
                and gender.vocabulary_id is not distinct from 'Gender'
        """
    )
    connection.execute(
        f"""
        create or replace table {_FIRST} as
        select
            cohort_definition_id,
            subject_id,
            min(cohort_start_date) as first_day,
            count(*) as n
        from {COHORT}
        group by cohort_definition_id, subject_id
        """
    )


_GROUPS = f"""
    select
        first_entry.cohort_definition_id,
        person.sex,
        {SCHEMA}.age_band(date_sub('year', person.birth, first_entry.first_day)) as age,
        year(first_entry.first_day) as entry_year,
        count(*) as persons
    from {_FIRST} as first_entry
    inner join {_PERSON} as person on first_entry.subject_id = person.person_id
    group by all
"""
_RECORDS = f"""
    select
        cohort_definition_id, sum(n)::bigint, max(n)::bigint,
        coalesce(list(n order by n desc)[2], 0)::bigint
    from {_FIRST}
    group by all
"""


def _segments(prior: int) -> str:
    """Observed days by person and year, of the years that the database covers wholly."""
    return f"""
        with period as (
            select
                one.person_id,
                one.observation_period_start_date + {prior} as first_day,
                one.observation_period_end_date as last_day
            from {CATALOG}.cdm.observation_period as one
            where one.observation_period_start_date + {prior} <= one.observation_period_end_date
        ),
        span as (select min(first_day) as first_day, max(last_day) as last_day from period),
        years as (
            select
                y::integer as y,
                make_date(y::integer, 1, 1) as jan,
                make_date(y::integer, 12, 31) as dec
            from span, range(year(first_day), year(last_day) + 1) as numbers(y)
            where
                make_date(y::integer, 1, 1) >= first_day
                and make_date(y::integer, 12, 31) <= last_day
        ),
        segment as (
            select
                period.person_id,
                person.sex,
                years.y,
                greatest(period.first_day, years.jan) as first_day,
                least(period.last_day, years.dec) as last_day
            from period
            inner join {_PERSON} as person on period.person_id = person.person_id
            inner join years
                on period.first_day <= years.dec and period.last_day >= years.jan
        )"""


def _yearly(
    connection: duckdb.DuckDBPyConnection, number: int, prior: int, *, is_incidence: bool
) -> dict[tuple[int, str], Yearly]:
    """Everybody's days, then those of the cohort's persons in place of theirs: one join each."""
    everyone = connection.execute(
        f"{_segments(prior)} select y, sex, count(distinct person_id), "
        "sum(last_day - first_day + 1)::bigint from segment group by all"
    ).fetchall()
    members = connection.execute(
        f"{_segments(prior)} {_AT_RISK if is_incidence else _AFFECTED}", [number]
    ).fetchall()
    found = {(y, sex): Yearly(persons, days, 0) for y, sex, persons, days in everyone}
    for y, sex, less_persons, less_days, outcome in members:
        whole = found[y, sex]
        found[y, sex] = Yearly(whole.denominator - less_persons, whole.days - less_days, outcome)
    return found


# Of the cohort's persons: persons and days that are not at risk, and those who enter.
_AT_RISK = f"""
    select
        segment.y,
        segment.sex,
        count(distinct segment.person_id)
        - count(distinct segment.person_id) filter (where segment.first_day <= entry.first_day),
        sum(
            segment.last_day - segment.first_day + 1
            - if(
                segment.first_day <= entry.first_day,
                least(segment.last_day, entry.first_day) - segment.first_day + 1,
                0
            )
        )::bigint,
        count(distinct segment.person_id) filter (
            where entry.first_day between segment.first_day and segment.last_day
        )
    from segment
    inner join {_FIRST} as entry
        on segment.person_id = entry.subject_id and entry.cohort_definition_id = $1
    group by all
"""
_AFFECTED = f"""
    select segment.y, segment.sex, 0, 0, count(distinct segment.person_id)
    from segment
    inner join {COHORT} as cohort
        on
            segment.person_id = cohort.subject_id
            and cohort.cohort_definition_id = $1
            and cohort.cohort_start_date <= segment.last_day
            and cohort.cohort_end_date >= segment.first_day
    group by all
"""
