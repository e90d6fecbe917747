"""DashboardExport 1.4.0: results of Achilles that its dashboards read, and queries of its own."""

# ruff: noqa: S608 - SQL is made of names of our own catalogue, never of what a user typed.

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import duckdb

from etl.publish.portal.rows import Row, round_up
from etl.release.achilles.tables import DISTRIBUTIONS, MOMENTS, RESULTS, STRATA

VERSION = "1.4.0"
SMALL = 5
"""Counts at or below it are left out, by the tool's own default."""

# Records with their descendants: analysis → table and concept. All but episodes leave ten higher.
_DESCENDANTS = {
    430: ("condition_occurrence", "condition_concept_id"),
    630: ("procedure_occurrence", "procedure_concept_id"),
    730: ("drug_exposure", "drug_concept_id"),
    830: ("observation", "observation_concept_id"),
    1830: ("measurement", "measurement_concept_id"),
    2130: ("device_exposure", "device_concept_id"),
    2330: ("episode", "episode_concept_id"),
}
_MOVED = (430, 630, 730, 830, 1830, 2130)

# Records by age: analyses by decile and by group of ICH → table, concept, start. Those of visit
# details leave under the ids of visits.
_AGES = (
    ((242, 243), "visit_occurrence", "visit_concept_id", "visit_start_date"),
    ((242, 243), "visit_detail", "visit_detail_concept_id", "visit_detail_start_date"),
    ((442, 443), "condition_occurrence", "condition_concept_id", "condition_start_date"),
    ((642, 643), "procedure_occurrence", "procedure_concept_id", "procedure_date"),
    ((742, 743), "drug_exposure", "drug_concept_id", "drug_exposure_start_date"),
    ((842, 843), "observation", "observation_concept_id", "observation_date"),
    ((942, 943), "drug_era", "drug_concept_id", "drug_era_start_date"),
    ((1842, 1843), "measurement", "measurement_concept_id", "measurement_date"),
    ((2142, 2143), "device_exposure", "device_concept_id", "device_exposure_start_date"),
    ((2342, 2343), "episode", "episode_concept_id", "episode_start_date"),
)


@cache
def listed() -> frozenset[int]:
    """The analyses that the tool exports."""
    path = Path(__file__).with_name("dashboard_analyses.csv")
    with path.open(encoding="utf-8", newline="") as handle:
        return frozenset(int(row["analysis_id"]) for row in csv.DictReader(handle))


def dashboard_rows(
    connection: duckdb.DuckDBPyConnection,
    catalog: str,
    today: date,
    small: int = SMALL,
) -> list[Row]:
    """All rows of the file.

    Args:
        connection: with the release attached.
        catalog: name of the database that holds ``cdm`` and ``results``.
        today: the day of the export.
        small: counts at or below it are left out.
    """
    cdm, results = f"{catalog}.cdm", f"{catalog}.results"
    found = {*_of_achilles(connection, results), *_own(connection, cdm)}
    kept = {
        Row(
            row.analysis + 10 if row.analysis in _MOVED else row.analysis,
            row.strata,
            round_up(row.count, _base(row.analysis)),
            tuple(_short(row.moments)),
        )
        for row in found
        if row.count > small
    }
    return [*_about(connection, cdm, results, today), *kept]


def _base(analysis: int) -> int:
    """Counts by month are rounded to ten, all others to a hundred."""
    return 10 if analysis % 100 == 20 or analysis in (110, 111, 112) else 100


def _short(moments: tuple[float | None, ...]) -> Iterator[float | None]:
    """Mean and deviation keep five decimals."""
    for name, value in zip(MOMENTS, moments, strict=False):
        short = name in ("avg", "stdev") and value is not None
        yield round(value, 5) if short and value is not None else value


def _about(
    connection: duckdb.DuckDBPyConnection, cdm: str, results: str, today: date
) -> Iterator[Row]:
    for name, version, day, persons in connection.execute(
        f"select stratum_1, stratum_2, stratum_3, count_value from {results}.{RESULTS}"
        " where analysis_id = 0"
    ).fetchall():
        yield Row(0, (name, VERSION, today.strftime("%Y%m%d"), version, day), persons)
    for name, *days, version, vocabulary in connection.execute(
        "select cdm_source_name, source_release_date, cdm_release_date, cdm_version, "
        f"(select max(vocabulary_version) from {cdm}.vocabulary where vocabulary_id = 'None') "
        f"from {cdm}.cdm_source order by cdm_release_date desc limit 1"
    ).fetchall():
        # The tool writes days without zeros before.
        dates = [f"{day.year}-{day.month}-{day.day}" if day else None for day in days]
        yield Row(5000, (name, *dates, version, vocabulary), 999)


def _of_achilles(connection: duckdb.DuckDBPyConnection, results: str) -> Iterator[Row]:
    wanted = ", ".join(str(analysis) for analysis in sorted(listed() - {0, 5000}))
    strata = ", ".join(STRATA)
    moments = ", ".join(f"{name}_value" for name in MOMENTS)
    for analysis, *rest in connection.execute(
        f"select analysis_id, {strata}, count_value from {results}.{RESULTS}"
        f" where analysis_id in ({wanted})"
    ).fetchall():
        yield Row(analysis, tuple(rest[:5]), rest[5])
    for analysis, *rest in connection.execute(
        f"select analysis_id, {strata}, count_value, {moments} from {results}.{DISTRIBUTIONS}"
        f" where analysis_id in ({wanted})"
    ).fetchall():
        yield Row(analysis, tuple(rest[:5]), rest[5], tuple(rest[6:]))


def _own(connection: duckdb.DuckDBPyConnection, cdm: str) -> Iterator[Row]:
    for analysis, query in queries(cdm):
        for *strata, count in connection.execute(query).fetchall():
            yield Row(analysis, _strata(strata), int(count))


def _strata(values: list[object]) -> tuple[str | None, ...]:
    named = [None if value is None else str(value) for value in values]
    return (*named, *[None] * (len(STRATA) - len(named)))


def queries(cdm: str) -> Iterator[tuple[int, str]]:
    """The tool's own analyses: id, and a query of strata and count."""
    for analysis, (table, concept) in _DESCENDANTS.items():
        yield analysis, descendants(cdm, table, concept)
    yield (
        444,
        f"""
        select ancestry.ancestor_concept_id, count(distinct event.person_id)
        from {cdm}.concept_ancestor as ancestry
        inner join {cdm}.condition_occurrence as event
            on ancestry.descendant_concept_id = event.condition_concept_id
        group by all""",
    )
    for ids, table, concept, start in _AGES:
        yield from zip(ids, _by_age(cdm, table, concept, start), strict=True)
    drugs = observed(cdm, "drug_exposure", "drug_exposure_start_date")
    yield 740, f"select route_concept_id, count(*) from {drugs} group by all"
    yield (
        741,
        f"""
        select drug_concept_id, route_concept_id, count(*) from {drugs}
        where route_concept_id <> 0 group by all""",
    )
    episodes = observed(cdm, "episode", "episode_start_date")
    yield 2300, f"select episode_concept_id, count(distinct person_id) from {episodes} group by all"
    yield 2301, f"select episode_concept_id, count(*) from {episodes} group by all"
    yield (
        2305,
        f"""
        select episode_concept_id, episode_type_concept_id, count(*) from {episodes}
        group by all""",
    )
    yield (
        2320,
        f"""
        select year(episode_start_date) * 100 + month(episode_start_date), count(*)
        from {episodes} group by all""",
    )
    yield (
        2322,
        f"""
        select episode_concept_id, episode_object_concept_id, count(*) from {episodes}
        group by all""",
    )
    yield (
        3001,
        f"""
        select relationship_concept_id, count(*) from {cdm}.fact_relationship group by all""",
    )


def observed(cdm: str, table: str, start: str) -> str:
    """Events that start in observation, once per period that holds them."""
    return f"""(
        select event.*
        from {cdm}.{table} as event
        inner join {cdm}.observation_period as period
            on
                event.person_id = period.person_id
                and event.{start} >= period.observation_period_start_date
                and event.{start} <= period.observation_period_end_date
    ) as event"""


def descendants(cdm: str, table: str, concept: str) -> str:
    """Records of each concept of a table and of its descendants, in observation or not."""
    return f"""
        with records as (
            select {concept} as concept, count(*) as n from {cdm}.{table} group by all
        )
        select ancestry.ancestor_concept_id, sum(below.n)::bigint
        from {cdm}.concept_ancestor as ancestry
        inner join records as below on ancestry.descendant_concept_id = below.concept
        semi join records on ancestry.ancestor_concept_id = records.concept
        group by all"""


def _by_age(cdm: str, table: str, concept: str, start: str) -> tuple[str, str]:
    """By decile of the age in the year, and by the groups of ICH below 19."""
    events = observed(cdm, table, start)
    counted = f"""
        select event.person_id, event.{concept} as concept, event.{start} as day, count(*) as n
        from {events}
        where event.{concept} <> 0
        group by all"""
    deciles = f"""
        select
            event.concept,
            floor((year(event.day) - person.year_of_birth) / 10)::bigint as decile,
            sum(event.n)::bigint
        from ({counted}) as event
        inner join {cdm}.person as person on event.person_id = person.person_id
        group by all"""
    groups = f"""
        select
            event.concept,
            case
                when event.day < person.birth then 'Negative age'
                when event.day - person.birth < 28 then 'Term newborn infants (0 to 27 days)*'
                when year(event.day) - year(person.birth) < 2
                    then 'Infants and toddlers (28 days to 23 months)*'
                when year(event.day) - year(person.birth) < 12 then 'Children (2 to 11 years)'
                else 'Adolescents (12 to 18 years)'
            end as age_group,
            sum(event.n)::bigint
        from ({counted}) as event
        inner join (
            select
                person_id,
                try(make_date(
                    year_of_birth, coalesce(month_of_birth, 1), coalesce(day_of_birth, 1)
                )) as birth
            from {cdm}.person
        ) as person on event.person_id = person.person_id
        where year(event.day) - year(person.birth) < 19
        group by all"""
    return deciles, groups
