"""The cohort's persons, by set-based SQL of our own: no client needed inside the closed zone."""

# ruff: noqa: S608 - SQL is made of names of this module and of whole numbers.

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from data_quality.cohorts.concepts import Resolved, resolve
from data_quality.cohorts.definition import Cohort, Criterion, cohorts

# Domain → table, standard concept, source concept, start date.
_TABLES = {
    "condition": ("condition_occurrence", "condition", "condition_start_date"),
    "drug": ("drug_exposure", "drug", "drug_exposure_start_date"),
    "procedure": ("procedure_occurrence", "procedure", "procedure_date"),
    "measurement": ("measurement", "measurement", "measurement_date"),
    "device": ("device_exposure", "device", "device_exposure_start_date"),
    "observation": ("observation", "observation", "observation_date"),
    "visit": ("visit_occurrence", "visit", "visit_start_date"),
    "visit_detail": ("visit_detail", "visit_detail", "visit_detail_start_date"),
    "plan": ("payer_plan_period", "plan", "payer_plan_period_start_date"),
}


def entries_sql(connection: duckdb.DuckDBPyConnection, cohort: Cohort) -> str:
    """SQL for one row per person: ``person_id, start_date`` of the first qualified entry.

    As in Circe: an event counts within an observation period, and what must follow or precede
    the entry must stand in the same period.
    """
    conditions = "".join(
        f"""
        and exists (
            select 1
            from ({_events(connection, rule.any)}) as other
            where
                other.person_id = entry.person_id
                and other.start_date between
                    entry.start_date + ({rule.start}) and entry.start_date + ({rule.end})
                and other.start_date between entry.period_start and entry.period_end
        )"""
        for rule in cohort.inclusion
    )
    return f"""
        with entry as (
            select
                event.person_id,
                event.start_date,
                period.observation_period_start_date as period_start,
                period.observation_period_end_date as period_end
            from ({_events(connection, cohort.entry)}) as event
            inner join cdm.observation_period as period
                on
                    event.person_id = period.person_id
                    and event.start_date between
                        period.observation_period_start_date
                        and period.observation_period_end_date
        )
        select entry.person_id, min(entry.start_date) as start_date
        from entry
        where true{conditions}
        group by entry.person_id
    """


def cohort_entries(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """SQL of the entries of every cohort, by id, for the CDM in use on this connection."""
    return {cohort.id: entries_sql(connection, cohort) for cohort in cohorts()}


def count_persons(connection: duckdb.DuckDBPyConnection, cohort: Cohort) -> int:
    """Exact number of persons of a cohort."""
    query = f"select count(*) from ({entries_sql(connection, cohort)})"
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _events(connection: duckdb.DuckDBPyConnection, criteria: Iterable[Criterion]) -> str:
    return " union all ".join(_event(resolve(connection, criterion)) for criterion in criteria)


def _event(resolved: Resolved) -> str:
    table, stem, date = _TABLES[resolved.criterion.domain]
    ways = []
    if resolved.criterion.concepts:
        ids = _listed(resolved.criterion.concepts)
        ways.append(
            f"{stem}_concept_id in ({ids}) or {stem}_concept_id in (select descendant_concept_id "
            f"from cdm.concept_ancestor where ancestor_concept_id in ({ids}))"
        )
    if resolved.source_concepts:
        ways.append(f"{stem}_source_concept_id in ({_listed(resolved.source_concepts)})")
    ways += [
        f"starts_with({stem}_source_value, '{value.replace(chr(39), chr(39) * 2)}')"
        for value in resolved.criterion.source_values
    ]
    condition = " or ".join(ways) or "false"
    return f"select person_id, {date} as start_date from cdm.{table} where {condition}"


def _listed(ids: tuple[int, ...]) -> str:
    return ", ".join(str(id_) for id_ in ids)
