"""Asks a process of its own for the outcomes of the suites; nothing heavy is imported here."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from data_quality.checks.model import Status
from data_quality.gate import Declared
from etl.settings import EngineSettings
from etl.workspace import Workspace

FILE = "suites.parquet"
SCHEMA: dict[str, Any] = {
    "layer": pl.String,
    "table_name": pl.String,
    "expectation": pl.String,
    "column_name": pl.String,
    "severity": pl.String,
    "check_id": pl.String,
    "status": pl.String,
    "violated": pl.Int64,
    "denominator": pl.Int64,
}


class SuitesStoppedError(Exception):
    """The process of the suites ended without outcomes; says how, never what it printed."""


def ask(workspace: Workspace, engine: EngineSettings, today: date) -> pl.DataFrame:
    """Run the suites of a workspace; one row per expectation.

    Raises:
        SuitesStoppedError: the process failed.
    """
    file = workspace.build / "suites.json"
    file.unlink(missing_ok=True)
    command = [
        sys.executable,
        "-m",
        "data_quality.suites",
        str(workspace.root),
        engine.model_dump_json(),
        today.isoformat(),
        str(file),
    ]
    # What it prints may quote a value: it is read by nobody.
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    if done.returncode != 0 or not file.is_file():
        raise SuitesStoppedError(f"exit code {done.returncode}")
    rows = json.loads(file.read_text(encoding="utf-8"))
    file.unlink()
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def write(table: pl.DataFrame, folder: Path) -> Path:
    table.write_parquet(folder / FILE)
    return folder / FILE


def declared(table: pl.DataFrame) -> Iterable[Declared]:
    """Outcomes as the gate sees them."""
    for row in table.iter_rows(named=True):
        yield Declared(
            suite=f"{row['layer']}.{row['table_name']}",
            expectation=row["expectation"],
            column=row["column_name"],
            critical=row["severity"] == "critical",
            check_id=row["check_id"],
            status=Status(row["status"]),
        )
