"""DQD: status, counts, threshold and reason of every check."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from data_quality import dqd
from data_quality.engine.candidate import Candidate, read_inventory
from data_quality.gate import Policy
from data_quality.validation import check_candidate
from etl.progress import Silent
from etl.workspace import Workspace
from tests.readers.case import Agreement, Case


def document(connection: duckdb.DuckDBPyConnection, today: date, scratch: Path) -> dict[str, Any]:
    """What we write for a database, as of a day."""
    started = datetime.now(UTC)
    candidate = Candidate(connection, read_inventory(connection))
    found = check_candidate(candidate, Workspace(scratch), Policy(), today=today, progress=Silent())
    return dqd.document(
        found.results, started=started, ended=datetime.now(UTC), cdm_source=found.source
    )


def status(check: dict[str, Any]) -> str:
    if check.get("notApplicable"):
        return "not applicable"
    if check.get("isError"):
        return "error"
    return "fail" if check.get("failed") else "pass"


def compare(case: Case, ours: dict[str, Any]) -> list[Agreement]:
    """One line per property; a check of only one side differs in all of them."""
    expected = {check["checkId"]: check for check in case.tree("dqd.json")["checks"]}
    found = {check["checkId"]: check for check in ours["CheckResults"]}
    everything = sorted(found.keys() | expected.keys())

    def line(subject: str, of: Any, ids: list[str]) -> Agreement:
        different = []
        for name in ids:
            pair = (found.get(name), expected.get(name))
            mine, theirs = (of(check) if check is not None else "absent" for check in pair)
            if mine != theirs:
                different.append(f"{name}: ours {mine}, expected {theirs}")
        return Agreement(subject, len(ids), different)

    counted = [n for n in everything if status(expected.get(n, {})) in ("pass", "fail")]
    return [
        line("DQD statuses", status, everything),
        line("DQD rows at fault", lambda c: c.get("numViolatedRows"), counted),
        line("DQD rows looked at", lambda c: c.get("numDenominatorRows"), counted),
        line("DQD thresholds", lambda c: float(c.get("thresholdValue") or 0), everything),
        line("DQD reasons", lambda c: c.get("notApplicableReason", ""), everything),
        line("DQD errors", lambda c: c.get("isError"), everything),
        line(
            "DQD categories",
            lambda c: (
                c.get("conceptId"),
                c.get("category"),
                c.get("subcategory"),
                c.get("context"),
                c["severity"],
            ),
            everything,
        ),
    ]
