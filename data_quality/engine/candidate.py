"""A CDM to be looked at: opened read-only, with what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from etl.errors import SndsOmopError
from etl.faults import as_error
from etl.settings import EngineSettings

Connection = duckdb.DuckDBPyConnection

# Families of physical types, as the contract names them.
_FAMILIES = {
    "tinyint": "integer",
    "smallint": "integer",
    "int": "integer",
    "utinyint": "integer",
    "usmallint": "integer",
    "uinteger": "bigint",
    "hugeint": "bigint",
    "float": "double",
    "real": "double",
    "text": "varchar",
    "string": "varchar",
    "timestamp_ns": "timestamp",
    "timestamp_ms": "timestamp",
    "timestamp_s": "timestamp",
}


def plain_type(name: str) -> str:
    """The contract's word for an engine's type: ``VARCHAR(50)`` and ``VARCHAR`` are the same."""
    lowered = name.lower().replace(" ", "")
    if lowered.startswith("varchar"):
        return "varchar"
    return _FAMILIES.get(lowered, lowered)


@dataclass(frozen=True, slots=True)
class Inventory:
    """Tables of the candidate: schema → table → column → plain type."""

    schema: str
    tables: dict[str, dict[str, str]]
    audit: dict[str, dict[str, str]]

    def has(self, table: str, field: str = "") -> bool:
        columns = self.tables.get(table)
        return columns is not None and (not field or field in columns)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A connection and its inventory."""

    connection: Connection
    inventory: Inventory

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()

    def run(self, sql: str) -> None:
        self.connection.execute(sql)


def read_inventory(connection: Connection) -> Inventory:
    """What a database holds, read from its own catalogue."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    rows = connection.execute(
        "select lower(table_schema), lower(table_name), lower(column_name), data_type"
        " from information_schema.columns where table_catalog = current_database()"
        " order by table_schema, table_name, ordinal_position"
    ).fetchall()
    for schema, table, column, kind in rows:
        found.setdefault(schema, {}).setdefault(table, {})[column] = plain_type(kind)
    # A CDM made by another tool may lie in another schema: the one that holds persons.
    schema = "cdm"
    if "person" not in found.get(schema, {}):
        schema = next((name for name, tables in found.items() if "person" in tables), "cdm")
    return Inventory(schema, found.get(schema, {}), found.get("audit", {}))


@contextmanager
def opened(file: Path, engine: EngineSettings, scratch: Path) -> Iterator[Candidate]:
    """Open a CDM read-only.

    Raises:
        SndsOmopError: SO-106 when it is absent or is not a DuckDB file, SO-111 when another program
            writes it, and what the machine lacks.
    """
    if not file.is_file():
        raise SndsOmopError(
            "SO-106",
            "the candidate file does not exist",
            "le fichier de la version candidate n'existe pas",
            where=str(file),
        )
    try:
        connection = duckdb.connect(str(file), read_only=True, config=engine.duckdb(scratch))
    except duckdb.Error as error:
        machine = as_error(error, file.parent)
        if machine is not None and machine.code != "SO-134":
            raise machine from error
        kind = type(error).__name__
        raise SndsOmopError(
            "SO-106",
            f"it cannot be opened ({kind})",
            f"il ne peut être ouvert ({kind})",
            where=str(file),
        ) from error
    try:
        yield Candidate(connection, read_inventory(connection))
    finally:
        connection.close()
