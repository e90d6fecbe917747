"""Asks a process of its own for the outcomes of the suites; nothing heavy is imported here."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, Self

import polars as pl

from data_quality.checks.model import Status
from data_quality.gate import Declared
from etl.settings import EngineSettings
from etl.workspace import Workspace

FILE = "suites.parquet"
GO = "go"
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
    """The process of the suites ended without outcomes; holds its exit code, never its output."""


class Suites:
    """The process that runs the suites of one workspace.

    It is started before it is needed, to import Great Expectations meanwhile; it opens nothing
    until it receives ``GO``, and ends when the process that started it does.
    """

    def __init__(self, workspace: Workspace, engine: EngineSettings, today: date) -> None:
        self._file = workspace.build / "suites.json"
        self._file.unlink(missing_ok=True)
        command = [
            sys.executable,
            "-m",
            "data_quality.suites",
            str(workspace.root),
            engine.model_dump_json(),
            today.isoformat(),
            str(self._file),
        ]
        # What it prints may quote a value: it is discarded.
        self._process = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def outcomes(self) -> pl.DataFrame:
        """Let the suites run and wait for them; one row per expectation.

        Raises:
            SuitesStoppedError: the process failed.
        """
        # A process that died already closed its end: communicate() ignores that.
        self._process.communicate(GO)
        if self._process.returncode != 0 or not self._file.is_file():
            raise SuitesStoppedError(f"exit code {self._process.returncode}")
        rows = json.loads(self._file.read_text(encoding="utf-8"))
        self._file.unlink()
        return pl.DataFrame(rows, schema=SCHEMA, orient="row")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        """End the process if its outcomes were never asked for."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


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
