"""Fresh numbers for the persons and the rows of one extract.

Numbers follow a keyed hash under a secret that is thrown away: a random permutation, which shows
nothing of the parent's order. Each extract takes the next block of numbers of the workspace:
persons from 2^30 (those of releases are small), rows from 2^31 (those of releases begin at 2^45).
So no id of an extract is that of a release or of another extract.
"""

# ruff: noqa: S608 - SQL is made of names of the specification and of whole numbers.

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from etl.contracts.cdm import CdmTable, cdm_tables
from etl.release.extract.columns import (
    BY_PRECISION,
    NEEDED,
    event_table,
    granted_columns,
    is_granted,
    within,
)
from etl.release.extract.permit import Permit
from etl.sql_text import literal

FIRST_PERSON = 1 << 30
FIRST_ROW = 1 << 31
PERSONS_FILE = "persons.parquet"
ROWS_FILE = "rows.parquet"


@dataclass(frozen=True, slots=True)
class Blocks:
    """The next number of a person and of a row that no extract has used."""

    person: int = FIRST_PERSON
    row: int = FIRST_ROW


def numbers_of(table: str) -> str:
    """Temporary table (old, person, new) with the numbers of the rows of a table."""
    return f"number_of_{table}"


def number_persons(connection: duckdb.DuckDBPyConnection, blocks: Blocks) -> int:
    """Fill the numbers of ``person`` from ``chosen``; how many there are."""
    select = "select person_id as old, null::bigint as person from chosen"
    return _permute(connection, "person", select, blocks.person)


def number_rows(connection: duckdb.DuckDBPyConnection, permit: Permit, blocks: Blocks) -> int:
    """Fill the numbers of the rows that are granted, table by table; how many.

    Needs those of ``person``. Providers, care sites and places are those that granted rows name.
    """
    tables = [t for t in cdm_tables().values() if is_granted(permit, t.name) and _has_id(t)]
    of_persons = [
        table
        for table in tables
        if any(field.name == "person_id" for field in table.fields) and table.name != "person"
    ]
    used = 0
    for table in sorted(of_persons, key=lambda one: one.name in NEEDED):
        select = f"select own.{table.primary_key} as old, person.new as person {_granted(table)}"
        select += f" where {within(permit, table)}"
        used += _permute(connection, table.name, select, blocks.row + used)
    connection.execute(
        "create temp view numbered_event as "
        + " union all ".join(
            f"select '{table.name}' as of_table, old, person, new from {numbers_of(table.name)}"
            for table in of_persons
        )
    )
    for name in ("cost", "note_nlp"):
        if is_granted(permit, name):
            select = (
                f"select own.{name}_id as old, event.person from old.cdm.{name} as own "
                f"inner join numbered_event as event on {event_table(name)}"
            )
            used += _permute(connection, name, select, blocks.row + used)
    if is_granted(permit, "metadata"):
        select = "select metadata_id as old, null::bigint as person from old.cdm.metadata"
        used += _permute(connection, "metadata", select, blocks.row + used)
    for name in ("provider", "care_site"):
        if is_granted(permit, name):
            select = (
                f"select {name}_id as old, null::bigint as person from old.cdm.{name} "
                f"where {name}_id in ({_naming(permit, tables, name)})"
            )
            used += _permute(connection, name, select, blocks.row + used)
    if is_granted(permit, "location"):
        used += _number_places(connection, permit, tables, blocks.row + used)
    return used


def _granted(table: CdmTable) -> str:
    """SQL of the rows of a table of persons who were chosen; rows that name a row need it."""
    needed = NEEDED.get(table.name)
    joined = (
        f" inner join {numbers_of(needed)} as needed on own.{needed}_id = needed.old"
        if needed
        else ""
    )
    return (
        f"from old.cdm.{table.name} as own inner join {numbers_of('person')} as person "
        f"on own.person_id = person.old{joined}"
    )


def _number_places(
    connection: duckdb.DuckDBPyConnection, permit: Permit, tables: Sequence[CdmTable], first: int
) -> int:
    """Number places; those of one department are one when the permit states no finer."""
    is_coarse = permit.precision.residence == "department"
    same = "state, country_concept_id" if is_coarse else "location_id"
    connection.execute(
        "create temp table granted_place as select location_id as id, "
        f"min(location_id) over (partition by {same}) as old from old.cdm.location "
        f"where location_id in ({_naming(permit, tables, 'location')})"
    )
    select = "select distinct old, null::bigint as person from granted_place"
    used = _permute(connection, "place", select, first)
    connection.execute(
        f"create temp table {numbers_of('location')} as select granted_place.id as old, "
        f"place.person, place.new from granted_place inner join {numbers_of('place')} as place "
        "using (old)"
    )
    return used


def _naming(permit: Permit, tables: Sequence[CdmTable], name: str) -> str:
    """SQL of the providers, care sites or places that granted rows name."""
    column = f"{name}_id"
    found = []
    for table in tables:
        if column not in granted_columns(permit, table) or table.name == name:
            continue
        if table.name in BY_PRECISION:
            found.append(
                f"select own.{column} from old.cdm.{table.name} as own inner join "
                f"{numbers_of(table.name)} as kept on own.{table.primary_key} = kept.old"
            )
        else:
            found.append(f"select own.{column} {_granted(table)} where {within(permit, table)}")
    return " union ".join(found) or "select null::bigint"


def write_map(connection: duckdb.DuckDBPyConnection, permit: Permit, folder: Path) -> None:
    """Write old and new numbers: they stay in ``state/``."""
    named = [
        name for name, table in cdm_tables().items() if is_granted(permit, name) and _has_id(table)
    ]
    rows = " union all ".join(
        f"select '{name}' as of_table, old, new, person from {numbers_of(name)}"
        for name in named
        if name != "person"
    )
    persons = f"select old, new from {numbers_of('person')}"
    for select, file in ((persons, PERSONS_FILE), (rows, ROWS_FILE)):
        connection.execute(
            f"copy ({select}) to {literal(folder / file)} (format parquet, compression zstd)"
        )


def _permute(connection: duckdb.DuckDBPyConnection, table: str, select: str, first: int) -> int:
    """Numbers from ``first`` in the order of a keyed hash of ``old``; how many."""
    connection.execute("set variable extract_secret = ?", [secrets.token_hex(32)])
    try:
        connection.execute(
            f"create temp table {numbers_of(table)} as select old, person, {first} - 1 + "
            "row_number() over (order by sha256(concat(getvariable('extract_secret'), ':', old)))"
            f" as new from ({select})"
        )
    finally:
        connection.execute("reset variable extract_secret")
    found = connection.execute(f"select count(*) from {numbers_of(table)}").fetchone()
    return int(found[0]) if found else 0


def _has_id(table: CdmTable) -> bool:
    """Whether the key of a table is a number of a row."""
    key = table.primary_key
    return bool(key) and table.group != "vocabulary" and table.field(str(key)).type == "bigint"
