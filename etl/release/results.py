"""The ``results`` schema: Achilles-compatible tables, computed set-based at release time.

Events count when they start within an observation period; quantiles are nearest ranks, as in
Achilles. Counts are exact, so the schema is for the closed zone; ``publish share`` makes the
edition that may leave.
"""

# ruff: noqa: S608 - SQL is made of names of our own catalogue, never of what a user typed.

from __future__ import annotations

from collections.abc import Callable

import duckdb

from etl.release.achilles import ACHILLES_VERSION, Domain, analyses, domains, population

RESULTS = "achilles_results"
DISTRIBUTIONS = "achilles_results_dist"
ANALYSES = "achilles_analysis"
CONCEPT_COUNTS = "achilles_result_concept_count"

_STRATA = [f"stratum_{number}" for number in range(1, 6)]
_MOMENTS = ("min", "max", "avg", "stdev", "median", "p10", "p25", "p75", "p90")

_FIRST_PERIODS = """(
    select
        person_id,
        min(observation_period_start_date) as started,
        arg_min(
            observation_period_end_date - observation_period_start_date,
            observation_period_start_date
        ) as length
    from {cdm}.observation_period
    group by person_id
)"""
_AGES = f"""(
    select person.gender_concept_id, year(first_period.started) - person.year_of_birth as age
    from {{cdm}}.person
    inner join {_FIRST_PERIODS} as first_period using (person_id)
)"""
_DEATHS = """(
    select death.*
    from {cdm}.death
    inner join {cdm}.observation_period as period
        on
            death.person_id = period.person_id
            and death.death_date between
                period.observation_period_start_date and period.observation_period_end_date
)"""


def compute(
    connection: duckdb.DuckDBPyConnection,
    catalog: str,
    advance: Callable[[str], None] = lambda label: None,
) -> None:
    """Fill ``results`` of a catalog from its ``cdm``.

    Args:
        connection: with the catalog attached for writing.
        catalog: name of the attached database.
        advance: called with a label after the population and after each domain.
    """
    cdm, results = f"{catalog}.cdm", f"{catalog}.results"
    _create_tables(connection, results)
    for analysis in population():
        query = _filled(analysis.query, cdm)
        if analysis.is_distribution:
            _insert_distribution(connection, results, analysis.id, len(analysis.strata), query)
        else:
            strata = 3 if analysis.id == 0 else len(analysis.strata)
            connection.execute(
                f"insert into {results}.{RESULTS} "
                f"select {analysis.id}, {_strata(strata)}, count_value from ({query})"
            )
    advance("population")
    for domain in domains():
        _insert_counts(connection, cdm, results, domain)
        _insert_distributions(connection, cdm, results, domain)
        advance(domain.table)
    _insert_concept_counts(connection, cdm, results)


def _filled(query: str, cdm: str) -> str:
    shared = {"ages": _AGES, "first_periods": _FIRST_PERIODS, "deaths": _DEATHS}
    for name, relation in shared.items():
        query = query.replace(f"{{{name}}}", relation)
    return query.replace("{cdm}", cdm).replace("{version}", ACHILLES_VERSION)


def _create_tables(connection: duckdb.DuckDBPyConnection, results: str) -> None:
    strata = ", ".join(f"{name} varchar" for name in _STRATA)
    moments = ", ".join(f"{name}_value double" for name in _MOMENTS)
    names = ", ".join(f"{name}_name varchar" for name in _STRATA)
    for table, columns in {
        RESULTS: f"{strata}, count_value bigint",
        DISTRIBUTIONS: f"{strata}, count_value bigint, {moments}",
        ANALYSES: f"analysis_name varchar, {names}, is_default integer, category varchar",
    }.items():
        connection.execute(
            f"create or replace table {results}.{table} (analysis_id integer not null, {columns})"
        )
    connection.executemany(
        f"insert into {results}.{ANALYSES} values (?, ?, ?, ?, ?, ?, ?, 1, ?)",
        [
            [a.id, a.name, *a.strata, *[None] * (len(_STRATA) - len(a.strata)), a.category]
            for a in analyses()
        ],
    )


def _strata(used: int) -> str:
    known = [f"{name}::varchar" for name in _STRATA[:used]]
    return ", ".join([*known, *["null"] * (len(_STRATA) - used)])


def _events(cdm: str, domain: Domain) -> str:
    """Events of a domain that start within an observation period."""
    return f"""
        {cdm}.{domain.table} as event
        inner join {cdm}.observation_period as period
            on
                event.person_id = period.person_id
                and event.{domain.start} between
                    period.observation_period_start_date and period.observation_period_end_date
    """


def _insert_counts(
    connection: duckdb.DuckDBPyConnection, cdm: str, results: str, domain: Domain
) -> None:
    """All counts of a domain in one scan, by grouping sets."""
    kind = f"event.{domain.type}" if domain.type else "null::integer"
    connection.execute(
        f"""
        create or replace temp table counted as
        with events as (
            select
                event.person_id,
                event.{domain.concept} as concept,
                {kind} as kind,
                year(event.{domain.start}) * 100 + month(event.{domain.start}) as month
            from {_events(cdm, domain)}
        )
        select
            concept,
            kind,
            month,
            grouping(concept, kind, month) as summed,
            count(*) as records,
            count(distinct person_id) as persons
        from events
        group by grouping sets ((concept), (concept, kind), (concept, month), (month))
        """
    )
    # `summed` has one bit per column, concept first: 1 where the row sums over it.
    for offset, summed, first, second, count in (
        (0, 0b011, "concept", "null", "persons"),
        (1, 0b011, "concept", "null", "records"),
        (2, 0b010, "concept", "month", "persons"),
        (5, 0b001, "concept", "kind", "records"),
        (20, 0b110, "month", "null", "records"),
    ):
        if second == "kind" and not domain.type:
            continue
        connection.execute(
            f"insert into {results}.{RESULTS} select {domain.block + offset}, {first}::varchar, "
            f"{second}::varchar, null, null, null, {count} from counted where summed = {summed}"
        )
    connection.execute("drop table counted")


def _insert_distributions(
    connection: duckdb.DuckDBPyConnection, cdm: str, results: str, domain: Domain
) -> None:
    events = _events(cdm, domain)
    if domain.distinct_concepts:
        concepts = (
            f"select count(distinct event.{domain.concept}) as value "
            f"from {events} group by event.person_id"
        )
        _insert_distribution(connection, results, domain.block + 3, 0, concepts)
    if domain.end:
        days = (
            f"select event.{domain.concept} as stratum_1, "
            f"event.{domain.end} - event.{domain.start} as value from {events}"
        )
        if domain.end_within:
            days += (
                f" and coalesce(event.{domain.end}, event.{domain.start}) "
                "<= period.observation_period_end_date"
            )
        _insert_distribution(connection, results, domain.block + 13, 1, days)


def _insert_distribution(
    connection: duckdb.DuckDBPyConnection, results: str, analysis: int, strata: int, values: str
) -> None:
    # From exact whole sums: an engine's running deviation depends on the order of the rows.
    deviation = (
        "sqrt((count(*) * sum(value * value) - sum(value) * sum(value))::double "
        "/ (count(*) * nullif(count(*) - 1, 0)))"
    )
    quantiles = ", ".join(f"quantile_disc(value, {share})" for share in (0.5, 0.1, 0.25, 0.75, 0.9))
    connection.execute(
        f"insert into {results}.{DISTRIBUTIONS} "
        f"select {analysis}, {_strata(strata)}, count(*), min(value), max(value), avg(value), "
        f"{deviation}, {quantiles} "
        f"from (select * replace (value::bigint as value) from ({values})) "
        "group by all having count(*) > 0"
    )


def _insert_concept_counts(connection: duckdb.DuckDBPyConnection, cdm: str, results: str) -> None:
    """Records and persons per concept, alone and with its descendants, for WebAPI.

    Concepts without a record are left out. Persons of descendants are summed, as in Achilles:
    a person with two of them counts twice.
    """
    # Parts of visits are not counted by concept in Achilles either.
    blocks = [domain.block for domain in domains() if domain.table != "visit_detail"]
    by_first = ", ".join(str(id_) for id_ in (2, 4, 5, 501, 505, *(block + 1 for block in blocks)))
    by_second = ", ".join(str(block + 5) for block in blocks)
    persons = ", ".join(str(block) for block in blocks)
    connection.execute(
        f"""
        create or replace table {results}.{CONCEPT_COUNTS} as
        with records as (
            select stratum_1::integer as concept_id, max(count_value) as n
            from {results}.{RESULTS}
            where analysis_id in ({by_first}) and stratum_1 is not null
            group by all
            union all
            select stratum_2::integer as concept_id, sum(count_value)::bigint as n
            from {results}.{RESULTS}
            where analysis_id in ({by_second}) and stratum_2 is not null
            group by all
        ),
        record_counts as (
            select concept_id, max(n) as n
            from records
            group by all
        ),
        person_counts as (
            select stratum_1::integer as concept_id, max(count_value) as n
            from {results}.{RESULTS}
            where analysis_id in ({persons}) and stratum_1 is not null
            group by all
        ),
        lineage as (
            select ancestor_concept_id as concept_id, descendant_concept_id as counted_id
            from {cdm}.concept_ancestor
            union
            select concept_id, concept_id as counted_id
            from record_counts
        ),
        with_descendants as (
            select
                lineage.concept_id,
                sum(record_counts.n)::bigint as records,
                coalesce(sum(person_counts.n), 0)::bigint as persons
            from lineage
            inner join record_counts on lineage.counted_id = record_counts.concept_id
            left join person_counts on lineage.counted_id = person_counts.concept_id
            group by all
        )
        select
            with_descendants.concept_id,
            coalesce(record_counts.n, 0)::bigint as record_count,
            with_descendants.records as descendant_record_count,
            coalesce(person_counts.n, 0)::bigint as person_count,
            with_descendants.persons as descendant_person_count
        from with_descendants
        left join record_counts on with_descendants.concept_id = record_counts.concept_id
        left join person_counts on with_descendants.concept_id = person_counts.concept_id
        """
    )
