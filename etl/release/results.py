"""The ``results`` schema: the analyses of Achilles 1.7.2, computed set-based at release time.

Events count when they start within an observation period. Each table of events is scanned once;
its cells answer all analyses of it. Counts are exact, so the schema is for the closed zone;
``publish share`` makes the edition that may leave.
"""

# ruff: noqa: S608 - SQL is made of names of our own catalogue, never of what a user typed.

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import perf_counter

import duckdb

from etl.release.achilles import ACHILLES_VERSION, analyses, domains, population
from etl.release.achilles.concept_counts import insert_concept_counts
from etl.release.achilles.crossed import (
    after_death,
    events_of_visits,
    persons_by_kinds,
    persons_together,
    unmapped_source_values,
)
from etl.release.achilles.events import compute_domain, seen
from etl.release.achilles.hierarchy import insert_hierarchy
from etl.release.achilles.tables import (
    DISTRIBUTIONS,
    RESULTS,
    STRATA,
    create_tables,
    insert_counts,
    insert_distribution,
)

# Ties of the first period are broken by content, for one answer on every engine. A person whose
# periods all lack a start has a first period too, of unknown start.
_FIRST = """(
    select
        person_id,
        arg_min({name}_start_date, ({name}_start_date, {name}_end_date))
            filter (where {name}_start_date is not null) as started,
        arg_min({name}_end_date, ({name}_start_date, {name}_end_date))
            filter (where {name}_start_date is not null) as ended
    from {{cdm}}.{name}
    group by person_id
)"""
_DEATHS = """(
    select death.*
    from {cdm}.death
    inner join {cdm}.observation_period as period
        on
            death.person_id = period.person_id
            and death.death_date >= period.observation_period_start_date
            and death.death_date <= period.observation_period_end_date
)"""
_SHARED = {
    "first_period": _FIRST.format(name="observation_period"),
    "first_cover": _FIRST.format(name="payer_plan_period"),
    "deaths": _DEATHS,
    "persons": "achilles_person",
}

Timings = dict[int, float]
"""Analysis → seconds; analyses of one scan share its time."""


def compute(
    connection: duckdb.DuckDBPyConnection,
    catalog: str,
    advance: Callable[[str], None] = lambda label: None,
) -> Timings:
    """Fill ``results`` of a catalog from its ``cdm``.

    Args:
        connection: with the catalog attached for writing.
        catalog: name of the attached database.
        advance: called with a label after the population and after each domain.
    """
    cdm, results = f"{catalog}.cdm", f"{catalog}.results"
    create_tables(connection, results)
    people(connection, cdm)
    timings: Timings = {}
    _source(connection, cdm, results)
    for query in population():
        began = perf_counter()
        sql = filled(query.sql, cdm)
        strata = sum(f" as {name}" in sql for name in STRATA)
        if query.is_distribution:
            weighted = f"select *, count(*) as n from ({sql}) as subject group by all"
            insert_distribution(connection, results, query.id, weighted, strata)
        else:
            insert_counts(connection, results, query.id, sql, STRATA[:strata])
        timings[query.id] = perf_counter() - began
    advance("population")
    for domain in domains():
        began = perf_counter()
        compute_domain(connection, cdm, results, domain, "achilles_person")
        spent = perf_counter() - began
        made = [a.id for a in analyses() if a.is_default and a.id not in timings]
        of_block = [i for i in made if 0 <= i - domain.block < 100]
        timings |= {analysis: spent / len(of_block) for analysis in of_block}
        advance(domain.table)
    steps: tuple[tuple[tuple[int, ...], Callable[[], None]], ...] = (
        ((226, 1326), partial(events_of_visits, connection, cdm, results)),
        ((1900,), partial(unmapped_source_values, connection, cdm, results)),
        ((2000, 2001, 2002, 2003), partial(persons_together, connection, results)),
        ((2004,), partial(persons_by_kinds, connection, cdm, results)),
        ((511, 512, 513, 514, 515), partial(after_death, connection, cdm, results)),
    )
    for ids, step in steps:
        began = perf_counter()
        step()
        timings |= dict.fromkeys(ids, (perf_counter() - began) / len(ids))
    insert_concept_counts(connection, cdm, results)
    insert_hierarchy(connection, cdm, results)
    for name in ("achilles_every_person", "achilles_person", *(seen(d) for d in domains())):
        connection.execute(f"drop table {name}")
    return timings


def people(connection: duckdb.DuckDBPyConnection, cdm: str) -> None:
    """Keep PERSON as it lies, for distributions, and without copies, for counts."""
    columns = "person_id, gender_concept_id, year_of_birth"
    for name, kind in (("achilles_every_person", ""), ("achilles_person", "distinct ")):
        connection.execute(
            f"create or replace temp table {name} as select {kind}{columns} from {cdm}.person"
            " where person_id is not null"
        )


def _source(connection: duckdb.DuckDBPyConnection, cdm: str, results: str) -> None:
    """Analysis 0: source, version and date, in both tables."""
    about = (
        "select any_value(cdm_source_abbreviation) as name, any_value(cdm_release_date) as day,"
        f" (select count(distinct person_id) from {cdm}.person) as n from {cdm}.cdm_source"
    )
    insert_counts(connection, results, 0, about, ["name", f"'{ACHILLES_VERSION}'", "day"], "n")
    blank = ", ".join(["null"] * (len(STRATA) - 1))
    moments = ", ".join(["null"] * 9)
    connection.execute(
        f"insert into {results}.{DISTRIBUTIONS}"
        f" select 0, name::varchar, {blank}, n, {moments} from ({about}) as about"
    )


def filled(query: str, cdm: str) -> str:
    """A query of ``population.sql`` with its relations in place; reads what ``people`` keeps."""
    for name, relation in _SHARED.items():
        query = query.replace(f"{{{name}}}", relation)
    return query.replace("{cdm}", cdm)


__all__ = ["DISTRIBUTIONS", "RESULTS", "Timings", "compute"]
