"""Analyses of one table of events: one scan, whose cells answer all of them."""

# ruff: noqa: S608 - SQL is made of names of our own catalogue, never of what a user typed.

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from etl.release import achilles
from etl.release.achilles import Domain, Set, sets
from etl.release.achilles.tables import STRATA, insert_counts, insert_distribution

CELLS = "achilles_cells"
"""Records in observation, counted by every group of columns that an analysis asks for."""


def seen(domain: Domain) -> str:
    """The temporary table of the persons who have an event of a domain in observation."""
    return f"achilles_seen_{domain.table}"


@dataclass(frozen=True, slots=True)
class Columns:
    """Expressions over the rows in observation, each a column of the cells."""

    expressions: tuple[str, ...]

    def name(self, expression: str) -> str:
        return f"c{self.expressions.index(expression)}"

    def bits(self, group: tuple[str, ...]) -> int:
        """What ``grouping_id`` gives for a group: a bit for each column left out, first highest."""
        last = len(self.expressions) - 1
        return sum(1 << (last - i) for i, e in enumerate(self.expressions) if e not in group)


def compute_domain(
    connection: duckdb.DuckDBPyConnection, cdm: str, results: str, domain: Domain, persons: str
) -> None:
    """All analyses of a table of events that look at what lies in observation.

    Args:
        persons: relation of PERSON rows without copies.
    """
    own = [part for part in sets() if part.table == domain.table]
    month = f"year({domain.start}) * 100 + month({domain.start})"
    concept = domain.concept
    groups: list[tuple[str, ...]] = [("person_id", concept, month), (month,), ()]
    if domain.type:
        groups.append((concept, domain.type))
    if domain.source:
        groups.append((domain.source,))
    groups += [_group(part) for part in own]
    groups = list(dict.fromkeys(groups))
    columns = Columns(tuple(dict.fromkeys(e for group in groups for e in group)))
    _cells(connection, cdm, domain, columns, groups)

    def cells(group: tuple[str, ...]) -> str:
        return f"select * from {CELLS} where bits = {columns.bits(group)}"

    def counts(analysis: int, group: tuple[str, ...], *strata: str) -> None:
        named = [columns.name(part) for part in strata]
        insert_counts(connection, results, analysis, cells(group), named, "n")

    _of_persons(connection, results, domain, columns, cells(groups[0]), month, persons)
    known, block = domain.offsets, domain.block
    if achilles.KINDS in known:
        counts(block + achilles.KINDS, (concept, domain.type), concept, domain.type)
    if achilles.SOURCES in known:
        counts(block + achilles.SOURCES, (domain.source,), domain.source)
    if achilles.RECORDS_BY_MONTH in known:
        counts(block + achilles.RECORDS_BY_MONTH, (month,), month)
    if achilles.TOTAL in known:
        counts(block + achilles.TOTAL, ())
    for part in own:
        _of_set(connection, results, columns, part)
    connection.execute(f"drop table {CELLS}")


def _group(part: Set) -> tuple[str, ...]:
    extra = (part.value,) if part.value else ()
    kept = (f"({part.keep})",) if part.keep else ()
    return (*part.strata, *extra, *kept)


def _cells(
    connection: duckdb.DuckDBPyConnection,
    cdm: str,
    domain: Domain,
    columns: Columns,
    groups: list[tuple[str, ...]],
) -> None:
    """Join the events with the periods that hold them, and count by all groups at once."""
    names = [f"c{i}" for i in range(len(columns.expressions))]
    listed = ", ".join(
        f"{expression} as {name}"
        for expression, name in zip(columns.expressions, names, strict=True)
    )
    grouping = ", ".join(f"({', '.join(columns.name(part) for part in group)})" for group in groups)
    # Achilles counts ids here and rows elsewhere; deaths have no id.
    key = f"{domain.table}_id" if achilles.AT_LEAST in domain.offsets else "null"
    connection.execute(
        f"""
        create or replace temp table {CELLS} as
        with events as (
            select event.*, period.observation_period_end_date
            from {cdm}.{domain.table} as event
            inner join {cdm}.observation_period as period
                on
                    event.person_id = period.person_id
                    and event.{domain.start} >= period.observation_period_start_date
                    and event.{domain.start} <= period.observation_period_end_date
        )
        select
            grouping_id({", ".join(names)}) as bits,
            {", ".join(names)},
            count(*) as n,
            count(row_key) as n_keys
        from (select {listed}, {key} as row_key from events)
        group by grouping sets ({grouping})
        """
    )


def _of_persons(
    connection: duckdb.DuckDBPyConnection,
    results: str,
    domain: Domain,
    columns: Columns,
    cells: str,
    month: str,
    persons: str,
) -> None:
    """Analyses that count persons, from the cells by person, concept and month."""
    who, concept, when = (columns.name(e) for e in ("person_id", domain.concept, month))
    known, block = domain.offsets, domain.block
    connection.execute(
        f"""
        create or replace temp table achilles_person_concept as
        select
            {who} as person_id,
            {concept} as concept,
            sum(n)::bigint as n,
            sum(n_keys)::bigint as n_keys,
            (min({when}) // 100)::integer as first_year
        from ({cells})
        group by all
        """
    )
    connection.execute(
        f"create or replace temp table {seen(domain)} as "
        "select distinct person_id from achilles_person_concept"
    )
    by_year = (
        f"select distinct {who} as person_id, {concept} as concept,"
        f" {when} // 100 as number from ({cells})"
    )
    years = f"select distinct {who} as person_id, {when} // 100 as number from ({cells})"
    decile = "floor((seen.number - person.year_of_birth) / 10)::bigint"
    joined = f"{persons} as person inner join ({{}}) as seen on person.person_id = seen.person_id"
    by_concept = (
        "select concept, count(*) as persons, sum(n)::bigint as records"
        " from achilles_person_concept group by all"
    )
    queries = {
        achilles.PERSONS: (by_concept, ["concept"], "persons"),
        achilles.RECORDS: (by_concept, ["concept"], "records"),
        achilles.MONTHS: (
            f"select {concept} as concept, {when} as month, count(*) as n"
            f" from ({cells}) group by all",
            ["concept", "month"],
            "n",
        ),
        achilles.YEARS: (
            "select seen.concept, seen.number, person.gender_concept_id,"
            f" {decile} as decile, count(distinct person.person_id) as n"
            f" from {joined.format(by_year)} group by all",
            ["concept", "number", "gender_concept_id", "decile"],
            "n",
        ),
        achilles.SEXES_BY_YEAR: (
            f"select seen.number, person.gender_concept_id, {decile} as decile,"
            f" count(distinct person.person_id) as n from {joined.format(years)} group by all",
            ["number", "gender_concept_id", "decile"],
            "n",
        ),
        achilles.PERSONS_BY_YEAR: (
            f"select number, count(*) as n from ({years}) group by all",
            ["number"],
            "n",
        ),
        achilles.AT_LEAST: (
            "select concept, n_keys as times,"
            " sum(count(*)) over (partition by concept order by n_keys desc)::bigint as persons"
            " from achilles_person_concept group by concept, n_keys",
            ["concept", "times"],
            "persons",
        ),
    }
    for offset, (query, strata, count) in queries.items():
        # 212 asks of visits what 1312 asks of their details in observation only.
        if offset in known:
            insert_counts(connection, results, block + offset, query, strata, count)
    if achilles.CONCEPTS in known:
        concepts = (
            "select value, count(*) as n from (select count(concept) as value"
            " from achilles_person_concept group by person_id) group by all"
        )
        insert_distribution(connection, results, block + achilles.CONCEPTS, concepts, 0)
    if achilles.AGES in known:
        ages = (
            "select seen.concept as stratum_1, person.gender_concept_id as stratum_2,"
            " seen.first_year - person.year_of_birth as value, count(*) as n"
            " from achilles_every_person as person inner join achilles_person_concept as seen"
            " on person.person_id = seen.person_id group by all"
        )
        insert_distribution(connection, results, block + achilles.AGES, ages, 2)
    connection.execute("drop table achilles_person_concept")


def _of_set(
    connection: duckdb.DuckDBPyConnection, results: str, columns: Columns, part: Set
) -> None:
    group = _group(part)
    kept = f" and {columns.name(f'({part.keep})')}" if part.keep else ""
    query = f"select * from {CELLS} where bits = {columns.bits(group)}{kept}"
    strata = [columns.name(stratum) for stratum in part.strata]
    if not part.value:
        insert_counts(connection, results, part.id, query, strata, "n")
        return
    named = "".join(f"{c} as {n}, " for c, n in zip(strata, STRATA, strict=False))
    valued = f"select {named}{columns.name(part.value)} as value, n from ({query})"
    insert_distribution(connection, results, part.id, valued, len(strata))
