"""The tables of a release while they are written: one way for each format.

DuckDB writes into the file of the release. For Parquet each CDM table goes to its file at once;
``results`` and ``audit`` wait in a DuckDB file next to them until :meth:`Draft.seal`, because a
judge may still replace one of them. A folder whose draft is not sealed has no manifest, so it is
never a release.
"""

# ruff: noqa: S608 - SQL is made of names of the specification and of our own files.

from __future__ import annotations

import glob
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from etl.contracts.cdm import CdmTable
from etl.errors import SndsOmopError
from etl.release.content import Column, TableContent, columns_by_table, hash_schema
from etl.release.files import FileRecord, files_below, record_file
from etl.release.tables import (
    DATABASE_FILE,
    PART_FILE,
    TABLES_FOLDER,
    define,
    part,
    write_opening,
)
from etl.settings import ReleaseFormat
from etl.sql_text import literal, parquet_rows

# Readable by DuckDB 1.1 and later: OHDSI clients bring their own, older, DuckDB (ADR 0002).
STORAGE_VERSION = "v1.0.0"
SCHEMAS = ("cdm", "results", "audit")
CATALOG = "release"
_WAITING = "draft.duckdb"

Advance = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Draft:
    """A folder that becomes a release, and the format of its tables."""

    folder: Path
    format: ReleaseFormat

    @property
    def file(self) -> Path:
        """A database of all its tables: to be judged before it is sealed."""
        return self.folder / (DATABASE_FILE if self.format == "duckdb" else _WAITING)

    def begin(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Attach what is written as ``release``, with its empty schemas."""
        connection.execute(
            f"attach {literal(self.file)} as {CATALOG} (storage_version '{STORAGE_VERSION}')"
        )
        for schema in SCHEMAS:
            connection.execute(f"create schema {CATALOG}.{schema}")

    def put_cdm(self, connection: duckdb.DuckDBPyConnection, table: CdmTable, rows: str) -> None:
        """Write a CDM table with our physical types and without a NULL that is not allowed.

        Args:
            rows: rest of a query whose columns are those of the table: ``from …``.

        Raises:
            duckdb.ConstraintException: a required column holds NULL.
        """
        name = f"{CATALOG}.cdm.{table.name}"
        names = ", ".join(field.quoted for field in table.fields)
        if self.format == "duckdb":
            connection.execute(create_statement(table))
            connection.execute(f"insert into {name} select {names} {rows}")
            return
        file = part(self.folder, "cdm", table.name)
        keys = [field.quoted for field in table.fields if field.primary_key]
        _copy(connection, f"select {table.typed()} {rows}", ", ".join(keys) or "all", file)
        define(connection, CATALOG, {("cdm", table.name): parquet_rows(file)})
        lacking = f"select 1 from {name} where {table.unfilled} limit 1"
        if connection.execute(lacking).fetchone():
            raise duckdb.ConstraintException("NOT NULL")

    def put(
        self, connection: duckdb.DuckDBPyConnection, schema: str, table: str, rows: str
    ) -> None:
        """Write a table of another schema: ``rows`` is ``from …``."""
        connection.execute(f'create table {CATALOG}.{schema}."{table}" as select * {rows}')

    def seal(self, limits: dict[str, Any], advance: Advance = lambda _: None) -> list[TableContent]:
        """Give the tables their final form, once no connection is open; what each holds.

        Raises:
            SndsOmopError: SO-901 when Parquet would not hold a type of a table.
        """
        with duckdb.connect(":memory:", config=limits) as connection:
            if self.format == "parquet":
                self._move(connection)
            else:
                connection.execute(f"attach {literal(self.file)} as {CATALOG} (read_only)")
            contents = []
            for schema in SCHEMAS:
                for content in hash_schema(connection, CATALOG, schema):
                    contents.append(content)
                    advance(content.table)
        if self.format == "parquet":
            self.file.unlink()
            write_opening(self.folder, [(one.schema_name, one.table) for one in contents])
        return contents

    @contextmanager
    def opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The sealed tables, before a manifest lists their files."""
        with duckdb.connect(":memory:") as connection:
            if self.format == "duckdb":
                connection.execute(f"attach {literal(self.file)} as {CATALOG} (read_only)")
            else:
                connection.execute(f"attach ':memory:' as {CATALOG}")
                define(
                    connection, CATALOG, {name: parquet_rows(file) for name, file in self._files()}
                )
            connection.execute(f"use {CATALOG}")
            yield connection

    def records(self, contents: Sequence[TableContent]) -> tuple[FileRecord, ...]:
        """Every file of the folder, hashed; the rows of what holds a table."""
        rows = sum(content.rows for content in contents)
        return tuple(
            record_file(
                self.folder, path, rows=rows if path.name == DATABASE_FILE else _parquet_rows(path)
            )
            for path in files_below(self.folder)
        )

    def _files(self) -> Iterator[tuple[tuple[str, str], Path]]:
        for file in sorted(self.folder.glob(f"{TABLES_FOLDER}/*/*/{PART_FILE}")):
            yield (file.parts[-3], file.parts[-2]), file

    def _move(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Write the tables that wait as Parquet; attach the files as the release."""
        connection.execute(f"attach {literal(self.file)} as waiting (read_only)")
        held = {
            (schema, name): columns
            for schema in SCHEMAS
            for name, columns in columns_by_table(connection, "waiting", schema).items()
        }
        files = {(schema, name): part(self.folder, schema, name) for schema, name in held}
        for (schema, name), file in files.items():
            if not file.is_file():
                _copy(connection, f'select * from waiting.{schema}."{name}"', "all", file)
        connection.execute("detach waiting")
        connection.execute(f"attach ':memory:' as {CATALOG}")
        define(connection, CATALOG, {name: parquet_rows(file) for name, file in files.items()})
        made = {schema: columns_by_table(connection, CATALOG, schema) for schema in SCHEMAS}
        for (schema, name), columns in held.items():
            _require_same(schema, name, columns, made[schema])


def create_statement(table: CdmTable) -> str:
    """DDL of one CDM table: our physical types, and NOT NULL as in the specification."""
    columns = ", ".join(
        f"{field.quoted} {field.type}{' not null' if field.required else ''}"
        for field in table.fields
    )
    return f"create table {CATALOG}.cdm.{table.name} ({columns})"


def _parquet_rows(path: Path) -> int | None:
    if path.suffix != ".parquet":
        return None
    query = "select sum(num_rows) from parquet_file_metadata(?)"
    with duckdb.connect(":memory:") as connection:
        counted = connection.execute(query, [glob.escape(str(path))]).fetchone()
    return int(counted[0]) if counted else None


def _copy(connection: duckdb.DuckDBPyConnection, query: str, order: str, file: Path) -> None:
    """Sorted: the order of a candidate depends on threads, that of a release does not."""
    file.parent.mkdir(parents=True, exist_ok=True)
    connection.execute(
        f"copy ({query} order by {order}) to {literal(file)} (format parquet, compression zstd)"
    )


def _require_same(
    schema: str, table: str, wanted: Sequence[Column], found: dict[str, list[Column]]
) -> None:
    lost = [kind for (_, kind), (_, made) in zip(wanted, found[table], strict=True) if kind != made]
    if lost:
        kinds = ", ".join(sorted(set(lost)))
        raise SndsOmopError(
            "SO-901",
            f"{schema}.{table}: Parquet does not hold the type {kinds}",
            f"{schema}.{table} : Parquet ne conserve pas le type {kinds}",
        )
