"""A measure as one query of its own: for readers, for repair, and as the slow yardstick."""

# ruff: noqa: S608 - SQL is made of names of our own specification, never of what a user typed.

from __future__ import annotations

from dataclasses import dataclass

from data_quality.checks.measures import (
    Context,
    GroupMeasure,
    Measure,
    QueryMeasure,
    RowMeasure,
)
from data_quality.checks.model import Check
from data_quality.engine import lookups
from etl.contracts.cdm import cdm_tables


def descendants(context: Context, concepts: tuple[int, ...]) -> str:
    """Relation of the descendants of some concepts, one row per listed ancestor."""
    listed = ", ".join(str(concept) for concept in concepts)
    return (
        f"(select descendant_concept_id as concept_id"
        f" from {context.table('concept_ancestor')} where ancestor_concept_id in ({listed}))"
    )


def joins(check: Check, context: Context, aliases: tuple[str, ...], read: str) -> str:
    """The joins of some aliases, each written in full with the columns that ``read`` names."""
    return "".join(
        lookups.join(
            check.table, alias, f"({lookups.lookup_select(context, check.table, alias, read)})"
        )
        for alias in aliases
    )


@dataclass(frozen=True, slots=True)
class Spoken:
    """A measure as conditions on the rows of two relations: those at fault and those counted."""

    violated: str
    violated_from: str
    counted: str
    counted_from: str

    @property
    def sql(self) -> str:
        parts = (
            (self.violated_from, self.violated),
            (self.counted_from, self.counted),
        )
        violated, counted = (
            f"(select count(*) from {relation}" + (f" where {condition})" if condition else ")")
            for relation, condition in parts
        )
        return f"select {violated}, {counted}"


def spoken(check: Check, measure: RowMeasure | GroupMeasure, context: Context) -> Spoken:
    """A measure of rows or groups, on rows as they lie: copies of a key multiply rows at fault."""
    table = f"{context.table(check.table)} as t"
    if isinstance(measure, RowMeasure):
        at_fault = table + joins(check, context, measure.lookups, measure.violated)
        if measure.per_match:
            counted = table + joins(check, context, measure.lookups, measure.violated)
            return Spoken(measure.violated, at_fault, measure.counted, counted)
        used = tuple(alias for alias in measure.lookups if f"{alias}." in measure.counted)
        counted = table + "".join(
            lookups.join(
                check.table,
                alias,
                f"({lookups.key_of(context, alias)})",
            )
            for alias in used
        )
        return Spoken(measure.violated, at_fault, measure.counted, counted)
    names = dict(zip("abc", measure.key, strict=False))
    violated, among = measure.violated.format(**names), measure.counted.format(**names)
    aliases = ("p",) if any(part.startswith("p.") for part in measure.key) else ()
    at_fault = table + joins(check, context, aliases, violated)
    counted = table
    if "k." in measure.violated:
        at_fault += f" left join {context.table('concept')} as k on k.concept_id = {measure.key[0]}"
    if measure.descendants_of:
        below = (
            f" left join {descendants(context, measure.descendants_of)} as below"
            f" on below.concept_id = {measure.key[0]}"
        )
        at_fault += below
        counted += below
    return Spoken(violated, at_fault, among, counted)


def breaking(check: Check, measure: Measure, context: Context) -> str:
    """A query that counts the rows on which DQD's query stops; empty when nothing stops it."""
    if not isinstance(measure, RowMeasure) or not measure.breaks:
        return ""
    relation = f"{context.table(check.table)} as t" + joins(
        check, context, measure.lookups, measure.breaks
    )
    column = cdm_tables()[check.table].field(check.field).quoted
    return (
        f"select least(count(case when {measure.breaks} then 1 end), count(t.{column}))"
        f" from {relation}"
    )


def alone(check: Check, measure: Measure, context: Context) -> str:
    """One query that answers (violated, denominator); what DQD asks for a check of structure."""
    if isinstance(measure, QueryMeasure):
        return measure.sql
    if isinstance(measure, GroupMeasure) and measure.distinct:
        value, names = measure.key[0], dict(zip("abc", measure.key, strict=False))
        violated = measure.violated.format(**names)
        return (
            f"select count(distinct case when {violated} then {value} end)"
            f" + coalesce(max(case when {violated} and {value} is null then 1 else 0 end), 0),"
            f" count(distinct {value})"
            f" + coalesce(max(case when {value} is null then 1 else 0 end), 0)"
            f" from {context.table(check.table)} as t"
        )
    if isinstance(measure, RowMeasure | GroupMeasure):
        return spoken(check, measure, context).sql
    if check.name in ("cdmTable", "cdmField"):
        # DQD asks that a table or a field can be counted.
        counted = cdm_tables()[check.table].field(check.field).quoted if check.field else "*"
        return f"select count({counted}) from {context.table(check.table)}"
    return ""
