"""The transformation without dbt: the models' SQL in one DuckDB session, in their order.

Says what dbt itself costs, and gives a limit that a build can be held against: same SQL, same
tables. Run by `bench_pipeline.py`: ``python plain_script.py WORKSPACE FOLDER``.
"""

from __future__ import annotations

import json
import sys
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb

from etl.settings import EngineSettings
from etl.workspace import Workspace


def main(workspace: Workspace, folder: Path) -> None:
    """Write ``candidate.duckdb`` in ``folder`` from what the last build compiled."""
    manifest = json.loads((workspace.build / "target" / "manifest.json").read_text())
    engine = EngineSettings()
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(
        str(folder / "candidate.duckdb"),
        config={
            "threads": engine.threads,
            "memory_limit": engine.memory_limit,
            "temp_directory": str(folder / "temp"),
            "preserve_insertion_order": "false",
        },
    ) as connection:
        connection.execute(f"attach '{folder / 'registry.duckdb'}' as registry")
        connection.execute(f"attach '{workspace.candidate}' as built (read_only)")
        for node in in_order(manifest["nodes"]):
            connection.execute(f'create schema if not exists "{node["schema"]}"')
            connection.execute(statement(node))


def statement(node: dict[str, Any]) -> str:
    """How a node comes to be; seeds are copied, for they are files of a few lines."""
    place = f'"{node["schema"]}"."{node["alias"]}"'
    if node["resource_type"] == "seed":
        return f"create table {place} as from built.{place}"
    if node["config"]["materialized"] == "view":
        return f"create view {place} as {node['compiled_code']}"
    if node["database"] == "registry":
        return f"create table registry.{place} as {node['compiled_code']}"
    return f"create table {place} as {node['compiled_code']}"


def in_order(nodes: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Models and seeds, each after those it reads."""
    kept = {key: node for key, node in nodes.items() if node["resource_type"] in ("model", "seed")}
    graph = {
        key: [one for one in node.get("depends_on", {}).get("nodes", ()) if one in kept]
        for key, node in kept.items()
    }
    return [kept[key] for key in TopologicalSorter(graph).static_order()]


if __name__ == "__main__":
    main(Workspace(Path(sys.argv[1])), Path(sys.argv[2]))
