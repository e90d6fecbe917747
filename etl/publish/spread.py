"""Which moments and quantiles of a distribution rest on enough persons to be shown.

A mean over thousands of records gives a single person's value where all others have the same one;
so does a deviation; and a tail may be one person's records. What counts is who differs.
"""

# ruff: noqa: S608 - SQL is made of names of our own catalogue.

from __future__ import annotations

from collections.abc import Iterator, Mapping

import duckdb

from etl.publish.cells import Cell, Key, Rule
from etl.publish.margins import measured
from etl.release.achilles import CONCEPTS, domains

QUANTILES = ("median_value", "p10_value", "p25_value", "p75_value", "p90_value")

_FIRST = (
    "(select person_id, min_by(observation_period_start_date, observation_period_start_date) as a, "
    "min_by(observation_period_end_date, observation_period_start_date) as b "
    "from {cdm}.observation_period group by person_id)"
)
_AGE = "(year(a) - year_of_birth)"
_STAYS = {213: ("visit_occurrence", "visit"), 1313: ("visit_detail", "visit_detail")}


def supported(
    connection: duckdb.DuckDBPyConnection, results: str, cdm: str, rule: Rule
) -> Mapping[Key, frozenset[str]]:
    """Columns of ``achilles_results_dist`` that may be shown, by analysis and stratum.

    A mean or a deviation: at least the minimum of persons have a value other than the most common
    one, and of what they differ by (its square for a deviation) no person has more than the rule's
    share. A quantile: on either side of it stand enough persons, none with most of the records.
    """
    found: dict[Key, set[str]] = {}
    for analysis, query in _queries(cdm):
        connection.execute(
            "create or replace temp table spread_values as "
            f"select stratum, person_id, value, count(*) as n from ({query}) "
            "where value is not null group by all"
        )
        for stratum, *cells in connection.execute(_MOMENTS).fetchall():
            shown = found.setdefault(_key(analysis, stratum), set())
            for name, four in (("avg_value", cells[:4]), ("stdev_value", cells[4:])):
                if _is_enough(Cell(*four), rule):
                    shown.add(name)
        for name in QUANTILES:
            sides = _SIDES.format(results=results, analysis=analysis, quantile=name)
            for stratum, *cells in connection.execute(sides).fetchall():
                if all(_is_enough(Cell(*four), rule) for four in (cells[:4], cells[4:])):
                    found.setdefault(_key(analysis, stratum), set()).add(name)
    connection.execute("drop table if exists spread_values")
    return {key: frozenset(names) for key, names in found.items()}


def _key(analysis: int, stratum: str) -> Key:
    return (str(analysis), stratum) if stratum else (str(analysis),)


def _is_enough(cell: Cell, rule: Rule) -> bool:
    return cell.behind >= rule.minimum and not rule.hides(cell)


# Whole numbers only (years, days, numbers of concepts): sums are exact.
_MOMENTS = f"""
with centred as (
    select stratum, person_id, sum(n * abs(value - middle)) as apart,
        sum(n * (value - middle) * (value - middle)) as squared
    from spread_values inner join (
        select stratum, (list(value order by n desc, value))[1] as middle
        from (select stratum, value, sum(n) as n from spread_values group by all)
        group by stratum
    ) using (stratum)
    group by all
)
select stratum, {measured("apart")}, {measured("squared")} from centred group by stratum
"""
_SIDES = f"""
with sides as (
    select stratum, person_id,
        coalesce(sum(n) filter (value <= point), 0) as below,
        coalesce(sum(n) filter (value >= point), 0) as above
    from spread_values inner join (
        select coalesce(stratum_1, '') as stratum, {{quantile}} as point
        from {{results}}.achilles_results_dist where analysis_id = {{analysis}}
    ) using (stratum)
    group by all
)
select stratum, {measured("below")}, {measured("above")} from sides group by stratum
"""


def _queries(cdm: str) -> Iterator[tuple[int, str]]:
    """Analysis, and its values with the person of each."""
    born = f"{cdm}.person inner join {_FIRST.format(cdm=cdm)} using (person_id)"
    yield 103, f"select '' as stratum, person_id, {_AGE} as value from {born}"
    sex = "gender_concept_id::varchar"
    yield 104, f"select {sex} as stratum, person_id, {_AGE} as value from {born}"
    yield 105, f"select '' as stratum, person_id, b - a as value from {_FIRST.format(cdm=cdm)}"
    for domain in domains():
        if CONCEPTS in domain.offsets:
            yield (
                domain.block + CONCEPTS,
                f"select '' as stratum, person_id, count(distinct {domain.concept}) as value "
                f"from {_observed(cdm, domain.table, domain.start)} group by person_id",
            )
    for analysis, (table, stem) in _STAYS.items():
        start = f"{stem}_start_date"
        yield (
            analysis,
            f"select coalesce({stem}_concept_id::varchar, '') as stratum, person_id, "
            f"{stem}_end_date - {start} as value from {_observed(cdm, table, start)}",
        )


def _observed(cdm: str, table: str, start: str) -> str:
    """Records in observation."""
    return (
        f"(select event.* from {cdm}.{table} as event "
        f"inner join {cdm}.observation_period as period "
        f"on event.person_id = period.person_id and event.{start} between "
        "period.observation_period_start_date and period.observation_period_end_date)"
    )
