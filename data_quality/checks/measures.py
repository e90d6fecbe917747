"""From a check to the SQL that measures it.

Three forms are enough for the CDM. ``RowMeasure`` is a condition on a row: all of a table's are
answered by one scan. ``GroupMeasure`` is a condition on a concept (or a code): all of a table's
are answered by one grouping scan, then by queries on its short answer. ``QueryMeasure`` is a query
of its own (keys, persons). Each form also exists as a query of its own (:func:`alone`): that is the
text shown to readers, the fallback when a scan breaks, and the yardstick of the benchmark.

In conditions ``t`` is the table, ``p`` the person, ``d`` its death, ``v`` the visit, ``k`` a
concept, ``{a}`` ``{b}`` ``{c}`` the grouped expressions. A joined row that is written twice makes
two rows at fault, as in DQD.
"""

# ruff: noqa: S608 - SQL is made of names of our own specification, never of what a user typed.

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from data_quality.checks.model import Check
from data_quality.checks.templates import render, template
from data_quality.words import Words
from etl.contracts.cdm import CdmField, cdm_tables

MALE, FEMALE = 8507, 8532  # OMOP standard concepts MALE and FEMALE
SEX = {"male": MALE, "female": FEMALE}


@dataclass(frozen=True, slots=True)
class RowMeasure:
    """Rows at fault among rows counted; ``lookups`` are the aliases the conditions use."""

    violated: str
    counted: str = ""
    lookups: tuple[str, ...] = ()
    per_match: bool = False
    """Rows are counted once per match of the join (two deaths: two), not once each. Rows at fault
    always are."""
    breaks: str = ""
    """A condition: DQD's query stops on a row that meets it, so the check is an error."""


@dataclass(frozen=True, slots=True)
class GroupMeasure:
    """As a RowMeasure, on rows grouped by ``key``; ``k`` is the concept of the first expression."""

    key: tuple[str, ...]
    violated: str
    counted: str = ""
    descendants_of: tuple[int, ...] = ()
    """When given, ``below`` is a descendant (or self) of these concepts, once per ancestor."""
    distinct: bool = False
    """Count distinct first expressions instead of rows (source values)."""


@dataclass(frozen=True, slots=True)
class QueryMeasure:
    """A query that answers (violated, denominator)."""

    sql: str


@dataclass(frozen=True, slots=True)
class StructureMeasure:
    """Answered from the engine's own catalogue; no row is read."""


Measure = RowMeasure | GroupMeasure | QueryMeasure | StructureMeasure


@dataclass(frozen=True, slots=True)
class Context:
    """What a compilation depends on, in addition to the check."""

    schema: str
    words: Words
    today: date
    relations: dict[str, str] = field(default_factory=dict)
    """What a template may read: ``audit.balance`` → how SQL names it."""

    def table(self, name: str) -> str:
        return f"{self.schema}.{name}"


def _field(check: Check) -> CdmField:
    return cdm_tables()[check.table].field(check.field)


def _column(check: Check) -> str:
    return f"t.{_field(check).quoted}"


def _structure(check: Check, context: Context) -> Measure:
    return StructureMeasure()


def _null(check: Check, context: Context) -> Measure:
    return RowMeasure(f"{_column(check)} is null")


def _integer(check: Check, context: Context) -> Measure:
    """The text of the value must be digits alone: a sign and the point of 2.0 are faults."""
    column, words = _column(check), context.words
    digits = words.matches(words.text(column), "^([0-9]+[.]?[0-9]*|[.][0-9]+)$")
    point = f"position('.' in {words.text(f'abs({column})')}) > 0"
    return RowMeasure(f"{column} is not null and (not {digits} or {point})")


def _width(check: Check, context: Context) -> Measure:
    return RowMeasure(f"length({_column(check)}) > {check.parameter}")


def _unique(check: Check, context: Context) -> Measure:
    columns = check.parameter or _field(check).quoted
    known = " and ".join(f"{column} is not null" for column in columns.split())
    listed = ", ".join(columns.split())
    return QueryMeasure(
        f"select coalesce(sum(case when n > 1 and {known} then n end), 0), coalesce(sum(n), 0)"
        f" from (select {listed}, count(*) as n from {context.table(check.table)}"
        f" group by {listed}) as g"
    )


def _one_row(check: Check, context: Context) -> Measure:
    return QueryMeasure(
        f"select case when count(*) = 1 then 0 else 1 end, 1 from {context.table(check.table)}"
    )


def _foreign_key(check: Check, context: Context) -> Measure:
    target, _, key = check.parameter.partition(".")
    column = _column(check)
    if target == "concept" and cdm_tables()[check.table].group != "vocabulary":
        return GroupMeasure((column,), "{a} is not null and k.concept_id is null")
    if target == "person":
        return RowMeasure(f"{column} is not null and p.person_id is null", lookups=("p",))
    if check.field == "visit_occurrence_id" and target == "visit_occurrence":
        return RowMeasure(f"{column} is not null and v.visit_occurrence_id is null", lookups=("v",))
    alias = f"fk_{check.field}"
    return RowMeasure(f"{column} is not null and {alias}.{key} is null", lookups=(alias,))


def _concept(condition: str, counted: str = "") -> Callable[[Check, Context], Measure]:
    def measure(check: Check, context: Context) -> Measure:
        wanted = check.parameter.replace("'", "''")
        return GroupMeasure((_column(check),), condition.replace("@", wanted), counted)

    return measure


# Concepts whose absence is a fault where the source gives a value (DQD 2.8.4); the source value
# has the name of the concept. ``gender`` counts of PROVIDER alone.
_GIVEN = (
    *("unit", "admitted_from", "discharged_to", "condition_status", "route", "modifier"),
    *("qualifier", "cause", "anatomic_site", "disease_status", "country", "place_of_service"),
    *("specialty", "payer", "plan", "sponsor", "stop_reason"),
)


def source_value(table: str, field: str) -> str:
    """The source value whose presence makes a NULL concept a fault; empty for other concepts."""
    stem = field.removesuffix("_concept_id").removesuffix("_source")
    given = stem in _GIVEN and (table, stem) != ("dose_era", "unit")
    if given or (table, stem) == ("provider", "gender"):
        return f"{stem}_source_value"
    return ""


def _concept_zero(check: Check, context: Context) -> Measure:
    source = source_value(check.table, check.field)
    if not source:
        return GroupMeasure((_column(check),), "{a} = 0", "{a} is not null")
    given = f"case when t.{source} is not null then 1 else 0 end"
    return GroupMeasure(
        (_column(check), given),
        "{a} = 0 or ({a} is null and {b} = 1)",
        "{a} is not null or {b} = 1",
    )


def _source_value(check: Check, context: Context) -> Measure:
    return GroupMeasure((_column(check), f"t.{check.parameter}"), "{b} = 0", distinct=True)


def _persons(check: Check, context: Context) -> Measure:
    return QueryMeasure(
        "select count(case when t.person_id is not null and e.person_id is null then 1 end),"
        f" count(*) from {context.table('person')} as t"
        f" left join (select distinct person_id from {context.table(check.table)}) as e"
        " on e.person_id = t.person_id"
    )


def _condition_era(check: Check, context: Context) -> Measure:
    return QueryMeasure(
        "select count(case when t.person_id is not null and e.person_id is null then 1 end),"
        " count(t.person_id) from (select distinct person_id"
        f" from {context.table('condition_occurrence')} where condition_concept_id <> 0) as t"
        f" left join (select distinct person_id from {context.table(check.table)}) as e"
        " on e.person_id = t.person_id"
    )


def _overlap(check: Check, context: Context) -> Measure:
    periods = context.table(check.table)
    first, last = "observation_period_start_date", "observation_period_end_date"
    after_a = context.words.days_after(f"a.{last}", 1)
    after_b = context.words.days_after(f"b.{last}", 1)
    # A copy with the same id is no other period.
    return QueryMeasure(
        "select (select count(distinct a.person_id)"
        f" from {periods} as a inner join {periods} as b"
        " on a.person_id = b.person_id and a.observation_period_id <> b.observation_period_id"
        f" where (a.{first} <= b.{last} and a.{last} >= b.{first})"
        f" or {after_a} = b.{first} or {after_b} = a.{first}),"
        f" (select count(distinct person_id) from {periods})"
    )


def _bound(check: Check, context: Context, sign: str) -> Measure:
    column = _column(check)
    if _field(check).type in ("date", "timestamp"):
        tomorrow = context.today + timedelta(days=1)
        day = tomorrow.isoformat() if check.parameter == "tomorrow" else check.parameter
        violated = f"cast({column} as date) {sign} cast('{day}' as date)"
    else:
        next_year = str(context.today.year + 1)
        bound = next_year if check.parameter == "next year" else check.parameter
        violated = f"{column} {sign} {bound}"
    return RowMeasure(violated, f"{column} is not null")


def _low(check: Check, context: Context) -> Measure:
    return _bound(check, context, "<")


def _high(check: Check, context: Context) -> Measure:
    return _bound(check, context, ">")


def _start_before_end(check: Check, context: Context) -> Measure:
    start, end = _column(check), f"t.{check.parameter}"
    # Days are compared, not hours: a stay may end on the day it starts.
    return RowMeasure(
        f"cast({start} as date) > cast({end} as date)",
        f"{start} is not null and {end} is not null",
    )


def _after_birth(check: Check, context: Context) -> Measure:
    column = _column(check)
    return RowMeasure(
        f"cast({column} as date) < p.birth_date",
        f"{column} is not null",
        ("p",),
        # DQD makes a birth only for a row that has the date.
        breaks=f"{column} is not null and p.person_id is not null and p.birth_date is null",
    )


def _before_death(check: Check, context: Context) -> Measure:
    column = _column(check)
    limit = context.words.days_after("d.death_date", 60)
    dead = f"{column} is not null and d.person_id is not null"
    return RowMeasure(f"cast({column} as date) > {limit}", dead, ("d",), per_match=True)


def _during_life(check: Check, context: Context) -> Measure:
    limit = context.words.days_after("d.death_date", 60)
    return RowMeasure(
        f"cast({_column(check)} as date) > {limit}", "d.person_id is not null", ("d",)
    )


def _temporal_after(check: Check, context: Context) -> Measure:
    table, _, other = check.parameter.partition(".")
    if table == "person":
        return RowMeasure(
            f"p.birth_june > cast({_column(check)} as date)",
            lookups=("p",),
            breaks="p.person_id is not null and p.birth_june is null",
        )
    return RowMeasure(f"cast(t.{other} as date) > cast({_column(check)} as date)")


def _within_visit(check: Check, context: Context) -> Measure:
    day = f"cast({_column(check)} as date)"
    first = context.words.days_after("v.visit_start_date", -7)
    last = context.words.days_after("v.visit_end_date", 7)
    return RowMeasure(
        f"{day} < {first} or {day} > {last}",
        "v.visit_occurrence_id is not null",
        ("v",),
        per_match=True,
    )


def _sex(check: Check, context: Context) -> Measure:
    key = (_column(check), "p.gender_concept_id")
    wrong = f"{{b}} <> {SEX[check.parameter]}"
    if check.name == "plausibleGenderUseDescendants":
        below = "below.concept_id is not null"
        return GroupMeasure(key, f"{below} and {wrong}", below, check.concepts)
    among = f"{{a}} = {check.concepts[0]}"
    return GroupMeasure(key, f"{among} and {wrong}", among)


def _unit(check: Check, context: Context) -> Measure:
    key = (_column(check), "t.unit_concept_id")
    among = f"{{a}} = {check.concepts[0]}"
    # In DQD's lists -1 stands for "no unit at all"; 0 is judged by completeness.
    units = ", ".join((*check.parameter.split(), "0"))
    return GroupMeasure(
        key,
        f"{among} and {{b}} not in ({units})",
        f"{among} and ({{b}} <> 0 or {{b}} is null)",
    )


_COMPILERS: dict[str, Callable[[Check, Context], Measure]] = {
    "cdmTable": _structure,
    "cdmField": _structure,
    "columnType": _structure,
    "cdmDatatype": _integer,
    "columnWidth": _width,
    "isRequired": _null,
    "measureValueCompleteness": _null,
    "isPrimaryKey": _unique,
    "uniqueRow": _unique,
    "oneRow": _one_row,
    "isForeignKey": _foreign_key,
    "fkDomain": _concept("k.concept_id <> 0 and k.domain_id <> '@'"),
    "fkClass": _concept("k.concept_id <> 0 and k.concept_class_id <> '@'"),
    "isStandardValidConcept": _concept(
        "k.concept_id <> 0 and (k.standard_concept is null or k.standard_concept <> 'S'"
        " or k.invalid_reason is not null)",
        "{a} is not null",
    ),
    "standardConceptRecordCompleteness": _concept_zero,
    "sourceConceptRecordCompleteness": _concept_zero,
    "sourceValueCompleteness": _source_value,
    "measurePersonCompleteness": _persons,
    "measureConditionEraCompleteness": _condition_era,
    "measureObservationPeriodOverlap": _overlap,
    "plausibleValueLow": _low,
    "plausibleValueHigh": _high,
    "plausibleStartBeforeEnd": _start_before_end,
    "plausibleAfterBirth": _after_birth,
    "plausibleBeforeDeath": _before_death,
    "plausibleDuringLife": _during_life,
    "plausibleTemporalAfter": _temporal_after,
    "withinVisitDates": _within_visit,
    "plausibleGender": _sex,
    "plausibleGenderUseDescendants": _sex,
    "plausibleUnitConceptIds": _unit,
}


def measure_of(check: Check, context: Context) -> Measure:
    """The measure of a check; KeyError when a template reads a relation that is absent."""
    if template(check.name) is not None:
        return QueryMeasure(context.words.say(render(check, context.relations)))
    return _COMPILERS[check.name](check, context)
