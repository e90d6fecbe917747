"""Candidates of one lake built by two engines: commands apart, tables compared by hash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from etl.contracts.cdm import cdm_tables
from etl.release.content import TableContent, columns_by_table, hash_relation, hash_schema


def run(*arguments: object, code: int = 0, **environment: str) -> str:
    """A command in a process of its own, so that Java ends with it; what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "etl", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=5400,
        env=os.environ | environment,
    )
    assert done.returncode == code, done.stderr[-4000:]
    return done.stdout + done.stderr


def lake_for_both(root: Path, persons: int, seed: int) -> tuple[Path, Path]:
    """Two workspaces with one lake and one registry; neither has a candidate."""
    delivery, one, other = root / "delivery", root / "duckdb", root / "spark"
    run("synth", "--output", delivery, "--persons", persons, "--seed", seed)
    run("--workspace", one, "stage", "--input", delivery)
    run("--workspace", one, "vocab", "load")
    copy_lake(one, other)
    return one, other


def copy_lake(one: Path, other: Path) -> None:
    """The lake and the registry of a workspace in another."""
    for part in ("lake", "state"):
        shutil.copytree(one / part, other / part)


def contents(workspace: Path) -> dict[str, TableContent]:
    """Rows and hash of every table of the candidate's schemas `cdm` and `audit`, by name."""
    with duckdb.connect(str(workspace / "build" / "candidate.duckdb"), read_only=True) as opened:
        return {
            f"{content.schema_name}.{content.table}": content
            for schema in ("cdm", "audit")
            for content in hash_schema(opened, "candidate", schema)
        }


def vocabulary_of_spark(workspace: Path, warehouse: Path) -> dict[str, TableContent]:
    """Vocabulary tables as Spark wrote them: in the candidate they are views over the lake."""
    names = [name for name, table in cdm_tables().items() if table.group == "vocabulary"]
    place = warehouse / "cdm.db"
    with duckdb.connect(str(workspace / "build" / "candidate.duckdb"), read_only=True) as opened:
        columns = columns_by_table(opened, "candidate", "cdm")
        relations = {name: f"read_parquet('{place / name / '*.parquet'}')" for name in names}
        return {
            f"cdm.{name}": hash_relation(opened, relation, "cdm", name, columns[name])
            for name, relation in relations.items()
        }
