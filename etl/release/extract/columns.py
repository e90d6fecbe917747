"""Which columns of the CDM an extract fills, and with what.

Every table of the CDM is in an extract, so that OHDSI's programs open it; a table that the permit
does not grant has no row, and a column that it does not grant is NULL (0 where a concept is
required).
"""

# ruff: noqa: S608 - SQL is made of names of the specification and of days.

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from etl.contracts.cdm import COST_TABLES, CdmField, CdmTable, cdm_tables
from etl.release.difference import event_date

if TYPE_CHECKING:
    from etl.release.extract.permit import Permit, Precision

ALWAYS = ("person", "observation_period", "cdm_source")
"""Without them no program of OHDSI opens a CDM."""
BY_PRECISION = ("location", "care_site", "provider")
NEEDED = {
    "visit_detail": "visit_occurrence",
    "note_nlp": "note",
    "episode_event": "episode",
    "cohort": "cohort_definition",
}
"""Table → the one that its rows name in a required column."""
SPANS = ("observation_period", "payer_plan_period")
"""Granted where they overlap the period, and cut to it."""
COUNTED_ERAS = {
    "drug_era": ("drug_exposure_count", "gap_days"),
    "condition_era": ("condition_occurrence_count",),
}
"""Counts of an era, unknown once its end is cut."""
_UNDATED = ("person", "cdm_source", "metadata", "cohort_definition")
"""Their days are of no event."""
_NEVER = {
    "person": ("person_source_value",),
    "provider": ("provider_name", "npi", "dea", "provider_source_value"),
    "care_site": ("care_site_name", "care_site_source_value"),
    "location": (
        "address_1", "address_2", "city", "zip", "county", "latitude", "longitude",
    ),
}  # fmt: skip
"""They name a person, a professional or an establishment alike in every extract."""
_PERSONS = ("person_id", "subject_id", "fact_id_1", "fact_id_2")
"""Facts are of persons: the build relates no others (mothers and children)."""


def never_granted(table: str, column: str) -> bool:
    return column in _NEVER.get(table, ())


def columns_needed(table: CdmTable) -> list[str]:
    """Required columns that a grant by name has to name: neither ids nor concepts."""
    if table.name == "person":
        return []
    return [
        field.name
        for field in table.fields
        if field.required and not _is_kept(field) and not field.name.endswith("_concept_id")
    ]


def _is_kept(field: CdmField) -> bool:
    """Ids, without which a row belongs to none."""
    return field.primary_key or field.type == "bigint" or field.fk_table == "domain"


def is_of_the_source(column: str) -> bool:
    """Whether a column holds a code as delivered, or the concept of that code."""
    return column.endswith(("_source_value", "_source_concept_id"))


def leads_to(field: CdmField) -> str | None:
    """The table whose rows a column of ids names; ``event`` when each row states which."""
    if field.type != "bigint":
        return None
    if field.name in _PERSONS:
        return "person"
    if field.primary_key:
        return field.table
    if field.fk_table:
        return field.fk_table
    named = field.name.removesuffix("_id").removesuffix("_parent")
    return named if named in cdm_tables() else "event"


_EVENT_FIELDS = {
    "episode_event": ("event_id", "episode_event_field_concept_id"),
    "measurement": ("measurement_event_id", "meas_event_field_concept_id"),
    "observation": ("observation_event_id", "obs_event_field_concept_id"),
    "note": ("note_event_id", "note_event_field_concept_id"),
}


def event_table(table: str) -> str:
    """SQL that joins the row ``own`` of a table to the ``event`` that it names."""
    if table == "cost":
        cases = " ".join(f"when '{domain}' then '{name}'" for domain, name in COST_TABLES.items())
        return (
            "own.cost_event_id = event.old and event.of_table = "
            f"case own.cost_domain_id {cases} end"
        )
    if table == "note_nlp":
        return "own.note_id = event.old and event.of_table = 'note'"
    column, field = _EVENT_FIELDS[table]
    # the concept of a column is called after it: visit_occurrence.visit_occurrence_id
    return (
        f"own.{column} = event.old and event.of_table = (select split_part(concept_name, '.', 1) "
        f"from old.cdm.concept where concept_id = own.{field})"
    )


def granted_columns(permit: Permit, table: CdmTable) -> frozenset[str]:
    """Columns that an extract fills with what the release holds."""
    precision = permit.precision
    listed = permit.tables.get(table.name, "all")
    found = set()
    for field in table.fields:
        name = field.name
        if never_granted(table.name, name) or not _fits(table.name, name, precision):
            continue
        if listed == "all":
            if precision.source_values or not is_of_the_source(name) or _is_place(table.name, name):
                found.add(name)
        elif name in listed or _is_required(field):
            found.add(name)
    return frozenset(found)


def _is_required(field: CdmField) -> bool:
    return field.required and (_is_kept(field) or field.table == "person")


def _is_place(table: str, column: str) -> bool:
    """The commune: granted by the residence, not with the codes."""
    return table == "location" and column == "location_source_value"


def _fits(table: str, column: str, precision: Precision) -> bool:
    """Whether the precision of the permit leaves a column as it is."""
    if column == "provider_id" and table != "provider":
        return precision.providers == "renumbered"
    if column == "care_site_id" and table != "care_site":
        return precision.care_sites == "renumbered"
    if column == "location_id" and table != "location":
        return precision.residence != "none"
    if table == "location" and column == "location_source_value":
        return precision.residence == "commune"
    if table == "person":
        finest = {"month_of_birth": ("month", "day"), "day_of_birth": ("day",),
                  "birth_datetime": ("day",)}.get(column)  # fmt: skip
        return finest is None or precision.birth in finest
    return True


def is_granted(permit: Permit, table: str) -> bool:
    """Whether an extract has rows of a table."""
    precision = permit.precision
    if table in ALWAYS or cdm_tables()[table].group == "vocabulary":
        return True
    if table in BY_PRECISION:
        return {
            "location": precision.residence != "none",
            "care_site": precision.care_sites == "renumbered",
            "provider": precision.providers == "renumbered",
        }[table]
    return table in permit.tables


def within(permit: Permit, table: CdmTable) -> str:
    """SQL of the rows of a table whose days are granted."""
    first, last = (_day(one) for one in permit.day_range)
    conditions = []
    if table.name in SPANS:
        if first:
            conditions.append(f"own.{table.name}_end_date >= {first}")
        if last:
            conditions.append(f"own.{table.name}_start_date <= {last}")
    elif day := _event_day(table):
        if first:
            conditions.append(f"own.{day} >= {first}")
        if last:
            conditions.append(f"own.{day} <= {last}")
    return " and ".join(conditions) or "true"


def _event_day(table: CdmTable) -> str | None:
    return "cohort_start_date" if table.name == "cohort" else event_date(table)


def value(permit: Permit, table: CdmTable, field: CdmField, granted: frozenset[str]) -> str:
    """SQL of one column of an extract, ids left out; rows are called ``own``."""
    if field.name not in granted:
        return "0" if field.required and field.name.endswith("_concept_id") else "null"
    name = f"own.{field.quoted}"
    first, last = (_day(one) for one in permit.day_range)
    if field.name in COUNTED_ERAS.get(table.name, ()) and last:
        return f"case when own.{table.name}_end_date <= {last} then {name} end"
    if field.type not in ("date", "timestamp") or table.name in _UNDATED:
        return name
    cut = name
    if last:
        cut = f"least({cut}, cast({last} as {field.type}))"
        if field.type == "timestamp":
            # the hour stays on the last day itself
            cut = (
                f"case when cast({name} as date) <= {last} then {name} "
                f"else cast({last} as timestamp) end"
            )
    if first and table.name in SPANS:
        cut = f"greatest({cut}, cast({first} as {field.type}))"
    # least and greatest pass over NULL
    return cut if cut == name else f"case when {name} is not null then {cut} end"


def _day(day: date | None) -> str:
    return f"date '{day.isoformat()}'" if day else ""
