"""Where a release holds its tables: the one module that knows its formats (docs/adr/0077).

``duckdb``: ``omop.duckdb``. ``parquet``: ``tables/<schema>/<table>/part-00000.parquet``, sorted, so
that equal content gives equal bytes. No file holds a path of this machine: a reader makes views of
the files that the signed manifest lists, or runs ``open.sql``.
"""

# ruff: noqa: S608 - SQL is made of names of the specification and of our own files.

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import duckdb

from etl.clauses import Clause, joined
from etl.errors import SndsOmopError
from etl.release.manifest import Manifest
from etl.sql_text import literal, parquet_rows

DATABASE_FILE = "omop.duckdb"
TABLES_FOLDER = "tables"
OPEN_FILE = "open.sql"
PARTS = (DATABASE_FILE, TABLES_FOLDER, OPEN_FILE)
"""What a release holds its tables in, by whichever format."""
PART_FILE = "part-00000.parquet"
VARIABLE = "release"
"""DuckDB's variable that holds the folder when ``open.sql`` is run."""


def part(root: Path, schema: str, table: str) -> Path:
    """The file of a table."""
    return root / TABLES_FOLDER / schema / table / PART_FILE


def location(root: Path, manifest: Manifest) -> Path:
    """What a reader of a release is pointed at: the database, or the folder of the tables."""
    return root / (TABLES_FOLDER if manifest.tables_format == "parquet" else DATABASE_FILE)


def attach(
    connection: duckdb.DuckDBPyConnection, root: Path, manifest: Manifest, catalog: str
) -> None:
    """Make a release readable as a catalog with the schemas cdm, results and audit.

    Args:
        connection: one that may attach a database in memory, so not one that is read-only.

    Raises:
        SndsOmopError: SO-903 when the file of a table is absent, a link, or no Parquet.
    """
    if manifest.tables_format == "duckdb":
        connection.execute(f"attach {literal(root / DATABASE_FILE)} as {catalog} (read_only)")
        return
    connection.execute(f"attach ':memory:' as {catalog}")
    define(connection, catalog, _sources(root, manifest))


def connect(
    root: Path, manifest: Manifest, limits: dict[str, Any] | None = None
) -> duckdb.DuckDBPyConnection:
    """A connection that reads a release and nothing else: ``cdm.person`` is its table.

    Raises:
        SndsOmopError: as :func:`attach`.
    """
    connection = duckdb.connect(":memory:", config=limits or {})
    try:
        attach(connection, root, manifest, "release")
        connection.execute("use release")
    except BaseException:
        connection.close()
        raise
    return connection


def relations(
    connection: duckdb.DuckDBPyConnection, catalog: str, root: Path, manifest: Manifest
) -> dict[tuple[str, str], str]:
    """SQL of each table of a release, by schema and table, for a connection that is read-only.

    Raises:
        SndsOmopError: SO-903 when a file is absent or a link.
    """
    if manifest.tables_format == "parquet":
        return _sources(root, manifest)
    file = literal(root / DATABASE_FILE)
    connection.execute(f"attach if not exists {file} as {catalog} (read_only)")
    return {
        (one.schema_name, one.table): f'{catalog}.{one.schema_name}."{one.table}"'
        for one in manifest.tables
    }


def _sources(root: Path, manifest: Manifest) -> dict[tuple[str, str], str]:
    """SQL of each table of a Parquet release; reads no file."""
    files: dict[tuple[str, str], list[Path]] = {}
    faults = []
    for record in manifest.files:
        path = PurePosixPath(record.path)
        if path.parts[0] != TABLES_FOLDER:
            continue
        file, folders = root / path, list(path.parents)[:-1]
        files.setdefault((path.parts[1], path.parts[2]), []).append(file)
        if not file.is_file() or any((root / one).is_symlink() for one in (path, *folders)):
            faults.append(record.path)
    lacking = {(one.schema_name, one.table) for one in manifest.tables} - set(files)
    faults += [f"{TABLES_FOLDER}/{schema}/{table}" for schema, table in sorted(lacking)]
    if faults:
        raise _damaged(root, faults, Clause("missing", "absent"))
    return {name: parquet_rows(*paths) for name, paths in files.items()}


def define(
    connection: duckdb.DuckDBPyConnection, catalog: str, sources: dict[tuple[str, str], str]
) -> None:
    """Views of the tables of a Parquet release.

    Raises:
        SndsOmopError: SO-903 when a file is no Parquet.
    """
    for schema in sorted({schema for schema, _ in sources}):
        connection.execute(f"create schema if not exists {catalog}.{schema}")
    for (schema, table), source in sources.items():
        try:
            connection.execute(
                f'create view {catalog}.{schema}."{table}" as select * from {source}'
            )
        except (duckdb.IOException, duckdb.InvalidInputException) as error:
            name = f"{TABLES_FOLDER}/{schema}/{table}"
            raise _damaged(Path(catalog), [name], Clause("changed", "modifié")) from error


def write_opening(root: Path, names: list[tuple[str, str]]) -> None:
    """Write ``open.sql``: views of the files below the folder that the variable names.

    Without the variable DuckDB refuses each query: no other folder is read by mistake.
    """
    lines = [
        "-- Views of a release that holds its tables as Parquet. First name its folder:",
        f"--   set variable {VARIABLE} = '/path/of/the/release';",
        *(f"create schema if not exists {schema};" for schema in sorted({one[0] for one in names})),
    ]
    for schema, table in names:
        place = part(Path(), schema, table).as_posix()
        lines.append(
            f'create or replace view {schema}."{table}" as select * from '
            f"read_parquet(getvariable('{VARIABLE}') || '/{place}', hive_partitioning = false);"
        )
    (root / OPEN_FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _damaged(root: Path, names: list[str], fault: Clause) -> SndsOmopError:
    found = [Clause(f"{one}: {fault.english}", f"{one} : {fault.french}") for one in names]
    return SndsOmopError("SO-903", *joined(found), where=root.name)
