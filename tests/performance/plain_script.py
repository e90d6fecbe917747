"""The same road by hand: CSV files to typed Parquet, then the models' SQL, in DuckDB alone.

Shows what Polars, the checks of staging and dbt cost beyond that, and a limit that staging and
build can be held against: same rows, same SQL, same tables. It knows where a field is, trusts every
line and counts nothing. Run by `bench_pipeline.py`:

``python plain_script.py read WORKSPACE FOLDER``         the delivery, typed, in ``FOLDER/lake``
``python plain_script.py transform WORKSPACE FOLDER``    from there to ``FOLDER/candidate.duckdb``

The SQL is what the last build compiled, here or in another workspace that is given: a build by flux
months compiles each month apart (`bench_scale.py`).
"""

from __future__ import annotations

import json
import shutil
import sys
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb

from etl.contracts.models import Column, Contract
from etl.contracts.registry import contracts
from etl.loaders.lake import NO_ROWS
from etl.loaders.manifest import Delivery
from etl.settings import EngineSettings
from etl.workspace import Workspace

CASTS = {
    "date": "try_strptime(trim({name}), ['%d/%m/%Y', '%Y-%m-%d', '%Y%m%d', '%d%m%Y'])::date",
    "integer": "try_cast({name} as bigint)",
    "numeric_code": "try_cast({name} as bigint)::varchar",
    "decimal": "try_cast(replace({name}, ',', '.') as decimal(18, {scale}))",
}


def read(workspace: Workspace, folder: Path) -> None:
    """Every file of the delivery as Parquet, with the types of its contract and row ids."""
    lake = folder / "lake"
    for name in ("manifest", "vocabulary"):
        shutil.copytree(workspace.lake / name, lake / name)
    for contract in contracts().values():
        place = lake / contract.product / contract.model_name
        place.mkdir(parents=True)
        shutil.copyfile(workspace.lake / place.relative_to(lake) / NO_ROWS, place / NO_ROWS)
    with _connected(folder, ":memory:") as connection:
        # lines are numbered as they stand in the file
        connection.execute("set preserve_insertion_order = true")
        for file in Delivery.load(workspace.manifest).files:
            contract = contracts()[file.table]
            target = lake / contract.product / contract.model_name / f"{file.folder}.parquet"
            with file.path.open(encoding="utf-8") as lines:
                header = set(next(lines).strip().split(";"))
            columns = ", ".join(_column(column, header) for column in contract.kept)
            connection.execute(
                f"copy (select * from (select {file.row_id(1)} + row_number() over () as _row_id, "
                f"{file.year or 'null'}::integer as _source_year, {columns} "
                f"from read_csv('{file.path}', delim = ';', quote = '', header = true, "
                f"all_varchar = true)) where {_dated(contract)}) to '{target}' "
                "(format parquet, compression zstd, compression_level 1)"
            )


def _column(column: Column, header: set[str]) -> str:
    names = [column.name, *(alias.name for alias in column.aliases)]
    name = next((name for name in names if name in header), None)
    if name is None:
        return f"null::{column.sql_type} as {column.name}"
    cast = CASTS.get(column.type, "nullif(trim({name}), '')").format(name=name, scale=column.scale)
    return f"{cast} as {column.name}"


def _dated(contract: Contract) -> str:
    """Rows without any date, which staging puts in quarantine, are left out."""
    return " or ".join(f"{name} is not null" for name in contract.date) or "true"


def transform(workspace: Workspace, folder: Path, compiled: Workspace | None = None) -> None:
    """Write ``candidate.duckdb`` in ``folder`` by the SQL that the last build compiled."""
    compiled = compiled or workspace
    manifest = json.loads((compiled.build / "target" / "manifest.json").read_text())
    with _connected(folder, str(folder / "candidate.duckdb")) as connection:
        # persons have the numbers that they were given
        connection.execute(f"attach '{workspace.registry}' as registry (read_only)")
        connection.execute(f"attach '{workspace.candidate}' as built (read_only)")
        for node in _in_order(manifest["nodes"]):
            if node["database"] == "registry":
                continue
            connection.execute(f'create schema if not exists "{node["schema"]}"')
            sql = _statement(node).replace(f"'{compiled.lake}/", f"'{folder}/lake/")
            connection.execute(sql)


def _statement(node: dict[str, Any]) -> str:
    """How a node comes to be; seeds are copied, for they are files of a few lines."""
    place = f'"{node["schema"]}"."{node["alias"]}"'
    if node["resource_type"] == "seed":
        return f"create table {place} as from built.{place}"
    if node["config"]["materialized"] in ("view", "view_in_place"):
        return f"create view {place} as {node['compiled_code']}"
    return f"create table {place} as {node['compiled_code']}"


def _in_order(nodes: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Models and seeds, each after those it reads."""
    kept = {key: node for key, node in nodes.items() if node["resource_type"] in ("model", "seed")}
    graph = {
        key: [one for one in node.get("depends_on", {}).get("nodes", ()) if one in kept]
        for key, node in kept.items()
    }
    return [kept[key] for key in TopologicalSorter(graph).static_order()]


def _connected(folder: Path, database: str) -> duckdb.DuckDBPyConnection:
    folder.mkdir(parents=True, exist_ok=True)
    return duckdb.connect(database, config=EngineSettings().duckdb(folder / "temp"))


if __name__ == "__main__":
    verb, place, target, *others = sys.argv[1:]
    {"read": read, "transform": transform}[verb](
        Workspace(Path(place)), Path(target), *(Workspace(Path(other)) for other in others)
    )
