"""The vocabulary tables as files: their columns, and how rows get into DuckDB and Parquet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from etl.contracts.cdm import cdm_tables
from etl.settings import EngineSettings
from etl.sql_text import literal

TABLES = (
    "concept",
    "vocabulary",
    "domain",
    "concept_class",
    "concept_relationship",
    "relationship",
    "concept_synonym",
    "concept_ancestor",
    "source_to_concept_map",
    "drug_strength",
)
VALID_FROM = "date '1970-01-01'"
VALID_TO = "date '2099-12-31'"


def columns(table: str) -> dict[str, str]:
    """Columns of a CDM vocabulary table with their DuckDB types, in order."""
    return {field.name: field.type.upper() for field in cdm_tables()[table].fields}


def typed_select(table: str, given: Sequence[str], source: str) -> str:
    """A query with exactly the columns of the table; those not given are NULL."""
    parts = [
        f"cast({name} as {kind}) as {name}" if name in given else f"cast(null as {kind}) as {name}"
        for name, kind in columns(table).items()
    ]
    return f"select {', '.join(parts)} from {source}"  # noqa: S608


def connect(folder: Path, engine: EngineSettings) -> duckdb.DuckDBPyConnection:
    """An in-memory database that spills into ``folder`` and never reaches the network."""
    return duckdb.connect(
        ":memory:",
        config={
            **engine.duckdb(folder / "spill"),
            "preserve_insertion_order": True,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )


def land(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    rows: Sequence[Sequence[Any]],
    schema: Mapping[str, pl.DataType | type[pl.DataType]],
    folder: Path,
) -> None:
    """Make a DuckDB table of Python rows, by way of Parquet: no row-by-row insert."""
    path = folder / f"_{name}.parquet"
    pl.DataFrame(list(rows), schema=dict(schema), orient="row").write_parquet(path)
    connection.execute(f"create or replace table {name} as from read_parquet({literal(path)})")
    path.unlink()


def write(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> int:
    """Write a query to one Parquet file; returns its number of rows."""
    connection.execute(f"copy ({query}) to {literal(path)} (format parquet, compression zstd)")
    return count(connection, path)


def count(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Rows of a Parquet file, from its footer."""
    counted = connection.execute(
        f"select count(*) from read_parquet({literal(path)})"  # noqa: S608
    ).fetchone()
    return int(counted[0]) if counted else 0
