"""The person registry on disk: a DuckDB file that dbt appends to, and the columns it must have."""

from __future__ import annotations

import duckdb

from etl.workspace import Workspace

COLUMNS = {
    "person_key": "varchar",
    "person_id": "bigint",
    "build": "bigint",
    "former_id": "bigint",
}
"""``build`` counts the builds that changed the registry; ``former_id`` is the number a key had."""


def create_registry(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table, or give that of an earlier version the columns that it lacks."""
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    connection.execute(f"create table if not exists person_registry ({columns})")
    for name, kind in COLUMNS.items():
        connection.execute(f"alter table person_registry add column if not exists {name} {kind}")


def upgrade_registry(workspace: Workspace) -> None:
    """Bring a registry that exists to this version; dbt makes the first one."""
    if not workspace.registry.is_file():
        return
    with duckdb.connect(str(workspace.registry)) as connection:
        found = connection.execute(
            "select column_name from duckdb_columns() where table_name = 'person_registry'"
        ).fetchall()
        if found and {name for (name,) in found} != set(COLUMNS):
            create_registry(connection)
