"""The tables that Spark wrote, shown in the candidate: views of Parquet files, which stay in place.

Nothing is copied (docs/adr/0080). A view lists its files by name, and Spark gives each a new name:
a table that is built again is never read through an older view.
"""

# ruff: noqa: S608 - SQL is made of names of our own models and of the specification.

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb

from etl.contracts.cdm import cdm_tables
from etl.sql_text import literal, parquet_rows

_FILES = "main.spark_files"


def show(candidate: duckdb.DuckDBPyConnection, warehouse: Path, schema: str, table: str) -> None:
    """Make a table of the warehouse readable in the candidate.

    A CDM table gets the types of its contract, and NULL for a column that Spark did not write.

    Raises:
        duckdb.ConstraintException: a required column of a CDM table holds NULL.
        duckdb.IOException: Spark wrote no file for the table.
    """
    place = warehouse / f"{schema}.db" / table
    files = sorted(place.glob("*.parquet"))
    # without a file, DuckDB names the folder
    rows = parquet_rows(*files) if files else f"read_parquet({literal(place / '*.parquet')})"
    candidate.execute(f"create schema if not exists {schema}")
    name = f'{schema}."{table}"'
    contract = cdm_tables()[table] if schema == "cdm" else None
    columns = "*"
    if contract is not None:
        described = candidate.execute(f"describe from {rows}").fetchall()
        columns = contract.typed({str(column).lower() for column, *_ in described})
    candidate.execute(f"create or replace view {name} as select {columns} from {rows}")
    if contract is not None:
        lacking = f"select 1 from {name} where {contract.unfilled} limit 1"
        if candidate.execute(lacking).fetchone():
            raise duckdb.ConstraintException("NOT NULL")
    candidate.execute(
        f"create table if not exists {_FILES} (table_schema text, table_name text, file text)"
    )
    candidate.execute(
        f"delete from {_FILES} where table_schema = ? and table_name = ?", [schema, table]
    )
    candidate.executemany(
        f"insert into {_FILES} values (?, ?, ?)", [[schema, table, str(file)] for file in files]
    )


def digest(candidate: Path) -> str | None:
    """SHA-256 of the files that a candidate shows, in the order of their tables; None without any.

    Read whole, at about 1 GB a second.

    Raises:
        OSError: a file cannot be read; FileNotFoundError when Spark built again.
    """
    try:
        with duckdb.connect() as connection:
            connection.execute(f"attach {literal(candidate)} as shown (read_only)")
            listed = connection.execute(f"from shown.{_FILES} order by all").fetchall()
    except duckdb.Error:  # it shows no file, or is no database: its own hash distinguishes it
        return None
    whole = hashlib.sha256()
    for *_, file in listed:
        with Path(file).open("rb") as handle:
            whole.update(hashlib.file_digest(handle, "sha256").digest())
    return whole.hexdigest()
