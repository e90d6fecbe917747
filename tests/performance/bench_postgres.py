"""Rows a second into PostgreSQL, one narrow and one wide table, copied and checked.

Run by hand: `python tests/performance/bench_postgres.py [ROWS]`. Needs Debian's PostgreSQL.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb

from etl import release
from etl.publish import postgres
from etl.settings import EngineSettings, Settings
from etl.workspace import Workspace
from tests import postgres_server
from tests.small_candidate import ROWS, accept, build_candidate

# Narrow (6 columns) and wide (23). One observation period a person, or counting would explode.
TABLES = ("condition_era", "drug_exposure")


def main(rows: int) -> None:
    workspace = Workspace(Path(tempfile.mkdtemp()) / "workspace")
    build_candidate(workspace)
    with duckdb.connect(str(workspace.candidate)) as connection:
        for name in TABLES:
            columns = ROWS[name][1]
            key = f"{name}_id"
            connection.execute(f"delete from cdm.{name}")
            values = [sql if column != key else "32 * (i + 1)" for column, sql in columns.items()]
            select = ", ".join(values).replace("i * 2", "(i % 1000)")
            # days within the observation, whatever the number of rows
            select = select.replace("+ i::integer", "+ (i % 1000)::integer")
            connection.execute(
                f"insert into cdm.{name} ({', '.join(columns)}) "
                f"select {select} "
                f"from range({rows}) as numbers(i)"
            )
        for name in TABLES:
            connection.execute(f"update cdm.{name} set person_id = 1 + person_id % 120")
    accept(workspace)
    made = release.create(workspace, Settings())
    spent: dict[str, dict[str, float]] = {"copy": {}, "check": {}}
    for label, method in (("copy", "_copy"), ("check", "_content")):
        original = getattr(postgres._Publication, method)

        def timed(self: Any, table: Any, original: Any = original, label: str = label) -> Any:
            begun = time.perf_counter()
            outcome = original(self, table)
            spent[label][table.name] = time.perf_counter() - begun
            return outcome

        setattr(postgres._Publication, method, timed)
    with postgres_server.running() as url:
        begun = time.perf_counter()
        postgres.publish_postgres(workspace, made, url, EngineSettings(threads=2))
        print(f"whole publication: {time.perf_counter() - begun:.1f} s")
    for name in TABLES:
        for label in ("copy", "check"):
            print(f"{name} {label}: {rows / spent[label][name]:,.0f} rows/s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
