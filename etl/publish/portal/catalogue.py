"""CatalogueExport 1.0.2: 80 analyses with rules of their own, older than those of Achilles 1.7.

Many count in observation or not; visits and two distributions count what *touches* a period. Ids
430 … and 211 mean other things than in Achilles.
"""

# ruff: noqa: S608 - SQL is made of names of our own catalogue, never of what a user typed.

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from time import perf_counter

import duckdb

from etl.publish.portal.dashboard import descendants, observed
from etl.publish.portal.rows import Row, round_up
from etl.release.achilles import population
from etl.release.achilles.tables import DISTRIBUTIONS, MOMENTS, STRATA, insert_distribution
from etl.release.results import filled, people

VERSION = "1.0.2"
SMALL = 5
TIMES = 2_000_000
"""Added to an id: the seconds that it took."""

# As Achilles defines them.
_SHARED = (1, 2, 3, 101, 102, 103, 104, 105, 106, 107, 108, 110, 111, 112, 113, 502, 2201)
_EXACT = frozenset({*(0, 1, 2, 3, 101, 102, *range(108, 114), 117, 502, 2201, 5000)})


@dataclass(frozen=True, slots=True)
class _Domain:
    block: int
    table: str
    concept: str
    start: str
    end: str
    type: str
    parts: tuple[int, ...]
    """Offsets: 0 persons, 1 records, 3 concepts of a person, 5 kinds, 6 ages, 20 months, 30."""
    concepts_of: str = "observed"
    """Which events count for offset 3: all, those that start in a period, or that touch one."""
    events: str = "all"
    """Which events count for offsets 0, 1 and 6."""


_ALL = (0, 1, 3, 5, 6, 20, 30)
_DOMAINS = (
    _Domain(200, "visit_occurrence", "visit_concept_id", "visit_start_date", "visit_end_date", "",
            (0, 1, 3, 6, 20), "all", "touching"),
    _Domain(400, "condition_occurrence", "condition_concept_id", "condition_start_date",
            "condition_end_date", "condition_type_concept_id", _ALL, "touching"),
    _Domain(600, "procedure_occurrence", "procedure_concept_id", "procedure_date", "",
            "procedure_type_concept_id", _ALL),
    _Domain(700, "drug_exposure", "drug_concept_id", "drug_exposure_start_date",
            "drug_exposure_end_date", "drug_type_concept_id", _ALL, "touching"),
    _Domain(800, "observation", "observation_concept_id", "observation_date", "",
            "observation_type_concept_id", _ALL),
    _Domain(900, "drug_era", "drug_concept_id", "drug_era_start_date", "", "", (1, 20)),
    _Domain(1000, "condition_era", "condition_concept_id", "condition_era_start_date", "", "",
            (1, 20)),
    _Domain(1800, "measurement", "measurement_concept_id", "measurement_date", "",
            "measurement_type_concept_id", _ALL, "all"),
    _Domain(2100, "device_exposure", "device_concept_id", "device_exposure_start_date", "",
            "device_type_concept_id", (0, 1, 5, 20, 30)),
)  # fmt: skip

# Distributions of a column: analysis → table, strata, value, rows.
_RANGED = (
    "unit_concept_id is not null and value_as_number is not null"
    " and range_low is not null and range_high is not null"
)
_VALUES = {
    715: ("drug_exposure", ("drug_concept_id",), "days_supply", "true"),
    716: ("drug_exposure", ("drug_concept_id",), "refills", "true"),
    717: ("drug_exposure", ("drug_concept_id",), "quantity", "true"),
    815: (
        "observation",
        ("observation_concept_id", "unit_concept_id"),
        "value_as_number",
        "unit_concept_id is not null",
    ),
    1815: (
        "measurement",
        ("measurement_concept_id", "unit_concept_id"),
        "value_as_number",
        "unit_concept_id is not null",
    ),
    1816: ("measurement", ("measurement_concept_id", "unit_concept_id"), "range_low", _RANGED),
    1817: ("measurement", ("measurement_concept_id", "unit_concept_id"), "range_high", _RANGED),
}


@dataclass(frozen=True, slots=True)
class _Query:
    """One analysis: counts by strata, or with ``distribution`` a value by subject."""

    analysis: int
    sql: str
    strata: int
    distribution: bool = False


def catalogue_rows(
    connection: duckdb.DuckDBPyConnection, catalog: str, today: date, small: int = SMALL
) -> list[Row]:
    """All rows of the file.

    Args:
        connection: with the release attached.
        catalog: name of the database that holds ``cdm``.
        today: the day of the export.
        small: counts at or below it are left out, before they are rounded up.
    """
    cdm = f"{catalog}.cdm"
    people(connection, cdm)
    connection.execute("attach if not exists ':memory:' as portal")
    connection.execute("create schema if not exists portal.catalogue")
    columns = ", ".join(
        ["analysis_id integer", *(f"{name} varchar" for name in STRATA), "count_value bigint"]
        + [f"{name}_value double" for name in MOMENTS]
    )
    target = f"portal.catalogue.{DISTRIBUTIONS}"
    connection.execute(f"create or replace table {target} ({columns})")
    found: list[Row] = []
    for query in _queries(cdm):
        began = perf_counter()
        rows = list(_answer(connection, query))
        found += [row for row in rows if row.count > small]
        found.append(_time(query.analysis, perf_counter() - began, small))
    connection.execute("detach portal")
    rounded = [
        Row(row.analysis, row.strata, _shown(row.analysis, row.count), row.moments) for row in found
    ]
    return [*_about(connection, cdm, today, small), *rounded]


def _shown(analysis: int, count: int) -> int:
    exact = analysis in _EXACT or analysis % 100 == 20 or analysis >= TIMES
    return count if exact else round_up(count, 100)


def _time(analysis: int, seconds: float, small: int) -> Row:
    return Row(TIMES + analysis, (f"{seconds:.6f}",), small + 1)


def _about(
    connection: duckdb.DuckDBPyConnection, cdm: str, today: date, small: int
) -> Iterator[Row]:
    for name, full_name, *about, persons in connection.execute(
        "select cdm_source_abbreviation, cdm_source_name, source_release_date::varchar,"
        " cdm_release_date::varchar, cdm_version, vocabulary_version,"
        f" (select count(distinct person_id) from {cdm}.person) from {cdm}.cdm_source limit 1"
    ).fetchall():
        yield Row(0, (name, VERSION, today.strftime("%Y%m%d")), persons)
        yield Row(5000, (full_name, *about), 9999)
    for analysis in (0, 5000):
        yield _time(analysis, 0, small)


def _answer(connection: duckdb.DuckDBPyConnection, query: _Query) -> Iterator[Row]:
    if not query.distribution:
        for *strata, count in connection.execute(query.sql).fetchall():
            named = tuple(None if part is None else str(part) for part in strata)
            yield Row(query.analysis, named, int(count))
        return
    weighted = f"select *, count(*) as n from ({query.sql}) as subject group by all"
    # The tool counts the values of a distribution, not its subjects; ages at a visit apart.
    counted = "any_value(total)" if query.analysis == 206 else "count(*)"
    insert_distribution(
        connection, "portal.catalogue", query.analysis, weighted, query.strata, counted
    )
    moments = ", ".join(f"{name}_value" for name in MOMENTS)
    for *strata, count, a, b, c, d, e, f, g, h, i in connection.execute(
        f"select {', '.join(STRATA)}, count_value, {moments} from portal.catalogue.{DISTRIBUTIONS}"
        f" where analysis_id = {query.analysis}"
    ).fetchall():
        yield Row(query.analysis, tuple(strata), count, (a, b, c, d, e, f, g, h, i))


_STAYS = 213
"""Lengths of visits that lie in a period: 211 for CatalogueExport, 213 since Achilles 1.7."""


def _queries(cdm: str) -> Iterator[_Query]:
    for shared in population():
        if shared.id == _STAYS:
            yield _Query(211, filled(shared.sql, cdm), 1, distribution=True)
        if shared.id in _SHARED:
            sql = filled(shared.sql, cdm)
            strata = sum(f" as {name}" in sql for name in STRATA)
            yield _Query(shared.id, sql, strata, shared.is_distribution)
    yield _Query(109, _whole_years(cdm), 1)
    yield _Query(117, _months(cdm), 1)
    yield _Query(501, f"select cause_concept_id, count(*) from {cdm}.death group by all", 1)
    yield _Query(506, _deaths(cdm), 1, distribution=True)
    for domain in _DOMAINS:
        yield from _of_domain(cdm, domain)
    for analysis, (table, columns, value, rows) in _VALUES.items():
        named = ", ".join(f"{c} as {n}" for c, n in zip(columns, STRATA, strict=False))
        yield _Query(
            analysis,
            f"select {named}, {value} as value from {cdm}.{table}"
            f" where {rows} and {value} is not null",
            len(columns),
            distribution=True,
        )


def _of_domain(cdm: str, domain: _Domain) -> Iterator[_Query]:
    block, concept = domain.block, domain.concept
    events = _events(cdm, domain, domain.events)
    if 0 in domain.parts:
        sql = f"select {concept}, count(distinct person_id) from {events} group by all"
        yield _Query(block, sql, 1)
    if 1 in domain.parts:
        yield _Query(block + 1, f"select {concept}, count(*) from {events} group by all", 1)
    if 3 in domain.parts:
        of = _events(cdm, domain, domain.concepts_of)
        sql = f"select count(distinct {concept}) as value from {of} group by person_id"
        yield _Query(block + 3, sql, 0, distribution=True)
    if 5 in domain.parts:
        kinds = f"select {concept}, {domain.type}, count(*) from {cdm}.{domain.table} group by all"
        yield _Query(block + 5, kinds, 2)
    if 6 in domain.parts:
        ages = f"""
            select
                seen.concept as stratum_1,
                person.gender_concept_id as stratum_2,
                seen.number - person.year_of_birth as value
            from {cdm}.person as person
            inner join (
                select person_id, {concept} as concept, min(year({domain.start})) as number
                from {events}
                group by all
            ) as seen on person.person_id = seen.person_id"""
        yield _Query(block + 6, ages, 2, distribution=True)
    if 20 in domain.parts:
        months = f"""
            select year({domain.start}) * 100 + month({domain.start}), count(*)
            from {observed(cdm, domain.table, domain.start)}
            group by all"""
        yield _Query(block + 20, months, 1)
    if 30 in domain.parts:
        yield _Query(block + 30, descendants(cdm, domain.table, concept), 1)


def _events(cdm: str, domain: _Domain, which: str) -> str:
    if which == "all":
        return f"{cdm}.{domain.table} as event"
    if which == "observed":
        return observed(cdm, domain.table, domain.start)
    return f"""(
        select event.*
        from {cdm}.{domain.table} as event
        inner join {cdm}.observation_period as period
            on
                event.person_id = period.person_id
                and event.{domain.start} <= period.observation_period_end_date
                and coalesce(event.{domain.end}, event.{domain.start})
                >= period.observation_period_start_date
    ) as event"""


def _whole_years(cdm: str) -> str:
    """109: only years in which a period starts."""
    return f"""
        select years.number, count(distinct period.person_id)
        from {cdm}.observation_period as period
        inner join (
            select distinct year(observation_period_start_date) as number
            from {cdm}.observation_period
        ) as years
            on
                period.observation_period_start_date <= make_date(years.number, 1, 1)
                and period.observation_period_end_date >= make_date(years.number, 12, 31)
        group by all"""


def _months(cdm: str) -> str:
    """117: only months in which a period starts."""
    first, last = "observation_period_start_date", "observation_period_end_date"
    return f"""
        select months.number, count(distinct period.person_id)
        from {cdm}.observation_period as period
        inner join (
            select distinct year({first}) * 100 + month({first}) as number
            from {cdm}.observation_period
        ) as months
            on
                year(period.{first}) * 100 + month(period.{first}) <= months.number
                and year(period.{last}) * 100 + month(period.{last}) >= months.number
        group by all"""


def _deaths(cdm: str) -> str:
    """506: age in the year of death, in observation or not."""
    return f"""
        select person.gender_concept_id as stratum_1, death.number - person.year_of_birth as value
        from {cdm}.person as person
        inner join (
            select person_id, min(year(death_date)) as number from {cdm}.death group by person_id
        ) as death on person.person_id = death.person_id"""
