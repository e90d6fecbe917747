"""A measure said as one query of its own: for readers, for repair, and as the slow yardstick."""

# ruff: noqa: S608 - SQL is made of names of our own specification, never of what a user typed.

from __future__ import annotations

from data_quality.checks.measures import (
    Context,
    GroupMeasure,
    Measure,
    QueryMeasure,
    RowMeasure,
)
from data_quality.checks.model import Check
from data_quality.engine import lookups


def counts(violated: str, counted: str) -> str:
    """The two counts of a condition on rows."""
    among = f"count(case when {counted} then 1 end)" if counted else "count(*)"
    return f"count(case when {violated} then 1 end), {among}"


def descendants(context: Context, concepts: tuple[int, ...]) -> str:
    """Relation of all descendants of some concepts, themselves included."""
    listed = ", ".join(str(concept) for concept in concepts)
    return (
        f"(select distinct descendant_concept_id as concept_id"
        f" from {context.table('concept_ancestor')} where ancestor_concept_id in ({listed}))"
    )


def from_table(check: Check, context: Context, aliases: tuple[str, ...]) -> str:
    """The table with its joins, each said in full."""
    joins = "".join(
        lookups.join(check.table, alias, f"({lookups.lookup_select(context, check.table, alias)})")
        for alias in aliases
    )
    return f" from {context.table(check.table)} as t{joins}"


def row_form(measure: GroupMeasure, context: Context) -> tuple[str, str, tuple[str, ...], str]:
    """(violated, counted, aliases, joins) of a grouped measure, said of rows."""
    names = dict(zip("abc", measure.key, strict=False))
    aliases = ("p",) if any(part.startswith("p.") for part in measure.key) else ()
    joins = ""
    if "k." in measure.violated:
        joins += f" left join {context.table('concept')} as k on k.concept_id = {measure.key[0]}"
    if measure.descendants_of:
        relation = descendants(context, measure.descendants_of)
        joins += f" left join {relation} as below on below.concept_id = {measure.key[0]}"
    return (
        measure.violated.format(**names),
        measure.counted.format(**names),
        aliases,
        joins,
    )


def alone(check: Check, measure: Measure, context: Context) -> str:
    """One query that answers (violated, denominator); empty for a check of structure."""
    if isinstance(measure, QueryMeasure):
        return measure.sql
    if isinstance(measure, RowMeasure):
        relation = from_table(check, context, measure.lookups)
        return f"select {counts(measure.violated, measure.counted)}{relation}"
    if isinstance(measure, GroupMeasure):
        violated, counted, aliases, joins = row_form(measure, context)
        relation = from_table(check, context, aliases) + joins
        if measure.distinct:
            value = measure.key[0]
            return (
                f"select count(distinct case when {violated} then {value} end)"
                f" + max(case when {violated} and {value} is null then 1 else 0 end),"
                f" count(distinct {value}) + max(case when {value} is null then 1 else 0 end)"
                f"{relation}"
            )
        return f"select {counts(violated, counted)}{relation}"
    return ""
