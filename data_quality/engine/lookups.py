"""What rows are joined to: persons, visits, keys of other tables. Each is read once a run."""

# ruff: noqa: S608 - SQL is made of names of our own specification, never of what a user typed.

from __future__ import annotations

from data_quality.checks.measures import Context
from etl.contracts.cdm import cdm_tables

CONCEPT_COLUMNS = ["domain_id", "concept_class_id", "standard_concept", "invalid_reason"]


VISITS = "dq_visit"
_KEPT = {"p": "dq_person", "d": "dq_death", "v": VISITS}


def person_select(context: Context) -> str:
    """One row per person: birth and sex. Duplicates are folded so that joins add no row."""
    words = context.words
    birth = words.make_date(
        "year_of_birth", "coalesce(month_of_birth, 1)", "coalesce(day_of_birth, 1)"
    )
    june = words.make_date("year_of_birth", "6", "1")
    return (
        "select p.person_id, max(p.gender_concept_id) as gender_concept_id,"
        f" max(coalesce(cast(p.birth_datetime as date), {birth})) as birth_date,"
        # DQD's superseded check supposes a birth on 1 June where only the year is known.
        f" max(coalesce(cast(p.birth_datetime as date), {june})) as birth_june"
        f" from {context.table('person')} as p"
        " where p.person_id is not null group by p.person_id"
    )


def death_select(context: Context) -> str:
    """One row per dead person with the day of death."""
    return (
        f"select person_id, min(death_date) as death_date from {context.table('death')}"
        " where person_id is not null group by person_id"
    )


def visit_select(context: Context) -> str:
    """One row per visit with its dates."""
    return (
        "select visit_occurrence_id, min(visit_start_date) as visit_start_date,"
        " max(visit_end_date) as visit_end_date"
        f" from {context.table('visit_occurrence')}"
        " where visit_occurrence_id is not null group by visit_occurrence_id"
    )


def visits_as_they_lie(context: Context) -> str:
    """The visits themselves: right only where no two share an id."""
    return (
        "(select visit_occurrence_id, visit_start_date, visit_end_date"
        f" from {context.table('visit_occurrence')})"
    )


def key_select(context: Context, table: str, column: str) -> str:
    """The distinct keys of a table."""
    return f"select distinct {column} from {context.table(table)} where {column} is not null"


def lookup_select(context: Context, table: str, alias: str) -> str:
    """The relation behind an alias used by the checks of ``table``."""
    if alias == "p":
        return person_select(context)
    if alias == "d":
        return death_select(context)
    if alias == "v":
        return visit_select(context)
    target, column = _target(table, alias)
    if target == "visit_occurrence":
        return visit_select(context)
    return key_select(context, target, column)


def kept_name(table: str, alias: str) -> str:
    """Name under which a lookup is kept for the session; shared by all tables that use it."""
    if alias in _KEPT:
        return _KEPT[alias]
    target, column = _target(table, alias)
    # Visits are kept once, with their dates, for whoever asks.
    return VISITS if target == "visit_occurrence" else f"dq_key_{target}_{column}"


def join(table: str, alias: str, relation: str) -> str:
    """The left join of an alias; ``relation`` is a kept name or a query in brackets."""
    if alias in ("p", "d"):
        return f" left join {relation} as {alias} on {alias}.person_id = t.person_id"
    if alias == "v":
        return f" left join {relation} as v on v.visit_occurrence_id = t.visit_occurrence_id"
    field = alias.removeprefix("fk_")
    _, column = _target(table, alias)
    return f" left join {relation} as {alias} on {alias}.{column} = t.{field}"


def _target(table: str, alias: str) -> tuple[str, str]:
    name = alias.removeprefix("fk_")
    field = cdm_tables()[table].field(name)
    if field.fk_table and field.fk_field:
        return field.fk_table, field.fk_field
    # The one key that DQD adds to the specification (differences.csv).
    return "cohort", "cohort_definition_id"
