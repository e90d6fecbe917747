"""What rows are joined to: persons, visits, keys of other tables. Each is read once a run.

Persons, deaths and visits are joined as they lie: DQD folds no copy.
"""

# ruff: noqa: S608 - SQL is made of names of our own specification, never of what a user typed.

from __future__ import annotations

from data_quality.checks.measures import Context
from etl.contracts.cdm import cdm_tables

CONCEPT_COLUMNS = ["domain_id", "concept_class_id", "standard_concept", "invalid_reason"]
_KEPT = {"p": "dq_person", "d": "dq_death", "v": "dq_visit"}
KEYS = {
    "p": ("person", "person_id"),
    "d": ("death", "person_id"),
    "v": ("visit_occurrence", "visit_occurrence_id"),
    "k": ("concept", "concept_id"),
}
_ALL = "p.gender_concept_id p.birth_date p.birth_june"


def person_select(context: Context, read: str = "p.gender_concept_id p.birth_date") -> str:
    """Persons as they lie, with the columns that ``read`` names: sex, birth, birth in June.

    A birth without day or month is the first one; a birth that is no date is NULL.
    """
    words = context.words
    birth = words.make_date(
        "year_of_birth", "coalesce(month_of_birth, 1)", "coalesce(day_of_birth, 1)"
    )
    # DQD's superseded check supposes a birth on 1 June.
    june = words.make_date("year_of_birth", "6", "1")
    known = {
        "gender_concept_id": "p.gender_concept_id",
        "birth_date": f"coalesce(cast(p.birth_datetime as date), {birth}) as birth_date",
        "birth_june": f"coalesce(cast(p.birth_datetime as date), {june}) as birth_june",
    }
    columns = "".join(f", {sql}" for name, sql in known.items() if f"p.{name}" in read)
    return (
        f"select p.person_id{columns} from {context.table('person')} as p"
        " where p.person_id is not null"
    )


def death_select(context: Context) -> str:
    """The deaths as they lie."""
    return f"select person_id, death_date from {context.table('death')} where person_id is not null"


def visit_select(context: Context) -> str:
    """The visits as they lie, with their dates."""
    return (
        "select visit_occurrence_id, visit_start_date, visit_end_date"
        f" from {context.table('visit_occurrence')} where visit_occurrence_id is not null"
    )


def key_select(context: Context, table: str, column: str) -> str:
    """The distinct keys of a table."""
    return f"select distinct {column} from {context.table(table)} where {column} is not null"


def key_of(context: Context, alias: str) -> str:
    """The distinct keys of persons, deaths or visits."""
    table, column = KEYS[alias]
    return key_select(context, table, column)


def lookup_select(context: Context, table: str, alias: str, read: str = _ALL) -> str:
    """The relation behind an alias used by the checks of ``table``."""
    if alias == "p":
        return person_select(context, read)
    if alias == "d":
        return death_select(context)
    if alias == "v":
        return visit_select(context)
    target, column = _target(table, alias)
    return key_select(context, target, column)


def reads_visits(table: str, alias: str) -> bool:
    """Whether an alias stands for visits."""
    if alias in _KEPT:
        return alias == "v"
    return _target(table, alias) == ("visit_occurrence", "visit_occurrence_id")


def kept_name(table: str, alias: str) -> str:
    """Name under which a lookup is kept for the session; shared by all tables that use it."""
    if alias in _KEPT:
        return _KEPT[alias]
    target, column = _target(table, alias)
    return f"dq_key_{target}_{column}"


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
