"""The result tables: how counts and distributions are put into them."""

# ruff: noqa: S608 - SQL is made of names of our own catalogue, never of what a user typed.

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from etl.release.achilles import analyses

RESULTS = "achilles_results"
DISTRIBUTIONS = "achilles_results_dist"
ANALYSES = "achilles_analysis"

STRATA = tuple(f"stratum_{number}" for number in range(1, 6))
# Analyses 103 to 106 of Achilles name no value for a share that falls on a NULL; the others name
# the largest one.
NULL_PERCENTILES = frozenset({103, 104, 105, 106})
MOMENTS = ("min", "max", "avg", "stdev", "median", "p10", "p25", "p75", "p90")


def create_tables(connection: duckdb.DuckDBPyConnection, results: str) -> None:
    """The empty tables, and the list of all analyses."""
    strata = ", ".join(f"{name} varchar" for name in STRATA)
    moments = ", ".join(f"{name}_value double" for name in MOMENTS)
    names = ", ".join(f"{name}_name varchar" for name in STRATA)
    for table, columns in {
        RESULTS: f"{strata}, count_value bigint",
        DISTRIBUTIONS: f"{strata}, count_value bigint, {moments}",
        ANALYSES: f"analysis_name varchar, {names}, is_default integer, category varchar",
    }.items():
        connection.execute(
            f"create or replace table {results}.{table} (analysis_id integer not null, {columns})"
        )
    connection.executemany(
        f"insert into {results}.{ANALYSES} values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            [
                *(a.id, a.name, *a.strata, *[None] * (len(STRATA) - len(a.strata))),
                *(int(a.is_default), a.category),
            ]
            for a in analyses()
        ],
    )


def insert_counts(
    connection: duckdb.DuckDBPyConnection,
    results: str,
    analysis: int,
    query: str,
    strata: Sequence[str] = (),
    count: str = "count_value",
) -> None:
    """Put the rows of a query; a count of zero is no row.

    Args:
        strata: expressions over the query; without any, its columns ``stratum_1`` ….
    """
    columns = ", ".join(f"{name}::varchar" for name in strata)
    columns = f"{columns}, " if strata else ""
    blank = ", ".join(["null"] * (len(STRATA) - len(strata)))
    blank = f"{blank}, " if blank else ""
    connection.execute(
        f"insert into {results}.{RESULTS} select {analysis}, {columns}{blank}{count} "
        f"from ({query}) as counted where {count} > 0"
    )


def insert_distribution(
    connection: duckdb.DuckDBPyConnection,
    results: str,
    analysis: int,
    query: str,
    strata: int,
    count: str = "any_value(total)",
) -> None:
    """Put the distribution of ``value``, weighted by ``n``, within each group of strata.

    A percentile is the smallest value whose cumulated count reaches its share of all; values that
    are NULL are counted and come last. Where the share falls on them, the percentile is the largest
    value, or NULL (``NULL_PERCENTILES``). Groups with a NULL stratum are left out, as in Achilles.

    Args:
        query: yields ``stratum_1`` …, ``value`` and ``n``; each value once per group.
        strata: how many strata it yields.
        count: what the group counts: its subjects, unless a reader counts otherwise.
    """
    names = [*STRATA[:strata]]
    keys = ", ".join(names) or "1"
    known = " and ".join([*(f"{name} is not null" for name in names), "true"])
    shown = ", ".join([*(f"{name}::varchar" for name in names), *["null"] * (5 - strata)])
    share = {"median": 50, "p10": 10, "p25": 25, "p75": 75, "p90": 90}
    last = "null" if analysis in NULL_PERCENTILES else "max(value)"
    percentiles = ", ".join(
        f"coalesce(min(case when reached * 100 >= {part} * total then value end), {last})"
        for part in share.values()
    )
    # Sums in the order of the values: floating sums depend on it, and a release has one content.
    connection.execute(
        f"""
        insert into {results}.{DISTRIBUTIONS}
        with valued as (
            select * replace (value::double as value) from ({query}) where {known}
        ),
        placed as (
            select
                *,
                sum(n) over (partition by {keys}) as total,
                sum(case when value is not null then n end) over (partition by {keys}) as filled,
                sum(n) over (partition by {keys} order by value nulls last) as reached
            from valued
        ),
        centred as (
            select
                *,
                sum(n * value) over (
                    partition by {keys} order by value nulls last
                    rows between unbounded preceding and unbounded following
                ) / filled as mean
            from placed
        )
        select
            {analysis}, {shown}, {count}, min(value), max(value), any_value(mean),
            sqrt(
                sum(n * (value - mean) * (value - mean) order by value)
                / nullif(any_value(filled) - 1, 0)
            ),
            {percentiles}
        from centred
        group by {", ".join([*names, "total"])}
        """
    )
