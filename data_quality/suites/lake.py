"""The lake in one table: a row for each source table that was delivered."""

# ruff: noqa: S608 - SQL is made of names of our contracts, never of what a user typed.

from __future__ import annotations

from pathlib import Path

import duckdb

from etl.contracts.models import Contract
from etl.contracts.registry import contracts
from etl.sql_text import literal
from etl.workspace import Workspace, pattern

ADDED = ("_row_id", "_source_year")
"""Columns that staging adds to every table."""


def profile_lake(lake: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
    """Write ``lake.tables``; needs ``lake.manifest_files``. One scan of a table's keys each."""
    lake.execute(
        "create or replace table lake.tables (table_name varchar, n_rows bigint,"
        " n_rows_in_manifest bigint, n_missing_columns bigint, n_without_key bigint,"
        " n_without_id bigint)"
    )
    manifest = dict(
        lake.execute(
            "select source_table, cast(sum(rows_staged) as bigint) from lake.manifest_files"
            " group by source_table"
        ).fetchall()
    )
    for contract in contracts().values():
        folder = workspace.lake / contract.product / contract.model_name
        # A table that was not delivered is one empty file; chunks have folders of their own.
        if next(folder.glob("*/*.parquet"), None) is None:
            continue
        row = _profile(lake, contract, folder)
        lake.execute(
            "insert into lake.tables values ($1, $2, $3, $4, $5, $6)",
            [contract.table, row[0], manifest.get(contract.table, 0), *row[1:]],
        )


def _profile(
    lake: duckdb.DuckDBPyConnection, contract: Contract, folder: Path
) -> tuple[int, int, int, int]:
    """(rows, columns of the contract that are absent, rows without a key, rows without an id)."""
    files = literal(pattern(folder, "*", "*.parquet"))
    relation = f"read_parquet({files}, union_by_name = true)"
    described = lake.execute(f"describe select * from {relation}").fetchall()
    present = {str(name).lower() for name, *_ in described}
    wanted = [*ADDED, *(column.name for column in contract.kept)]
    missing = [name for name in wanted if name.lower() not in present]
    keys = [key for key in contract.key if key not in missing]
    keyless = " or ".join(f"{key} is null" for key in keys) or "false"
    idless = "_row_id is null" if "_row_id" not in missing else "true"
    counted = lake.execute(
        f"select count(*), count(case when {keyless} then 1 end),"
        f" count(case when {idless} then 1 end) from {relation}"
    ).fetchone()
    rows, without_key, without_id = counted or (0, 0, 0)
    return rows, len(missing), without_key, without_id
