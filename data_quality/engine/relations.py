"""What the templates of checks may read: the CDM, its audit, the lake, the release in use."""

# ruff: noqa: S608 - SQL is made of names of our own specification, never of what a user typed.

from __future__ import annotations

from datetime import date

import duckdb

from data_quality.checks.benchmarks import benchmarks
from data_quality.engine.candidate import Candidate
from data_quality.words import Words
from etl.contracts.registry import contracts
from etl.delivery.declaration import recorded
from etl.errors import SndsOmopError
from etl.release.store import current
from etl.workspace import Workspace, pattern

FIGURES = "figures.parquet"
FIRST_YEAR = 2006  # the SNDS begins


def relations(
    candidate: Candidate, workspace: Workspace, words: Words, today: date
) -> dict[str, str]:
    """Names as in templates → relations as in SQL; absent ones are left out."""
    inventory = candidate.inventory
    found = {f"cdm.{table}": f"{inventory.schema}.{table}" for table in inventory.tables}
    found |= {f"audit.{table}": f"audit.{table}" for table in inventory.audit}
    for contract in contracts().values():
        folder = workspace.lake / contract.product / contract.model_name
        if next(folder.glob("**/*.parquet"), None) is not None:
            found[f"lake.{contract.table}"] = words.parquet(pattern(folder, "**", "*.parquet"))
    figures = workspace.current / "quality" / FIGURES
    if figures.is_file():
        found["previous.figures"] = words.parquet(pattern(figures))
    found |= _previous(candidate, workspace)
    found["tool.calendar"] = _calendar(today)
    population = recorded(workspace).population
    for benchmark in benchmarks():
        # National figures do not apply to a targeted population: "not applicable".
        if population == "targeted" or (population is None and not benchmark.undeclared):
            continue
        if relation := benchmark.relation(found):
            found[f"benchmark.{benchmark.name}"] = relation
    return found


def _previous(candidate: Candidate, workspace: Workspace) -> dict[str, str]:
    """Persons of the release in use; a file that cannot be read is left out."""
    release = current(workspace)
    if release is None:
        return {}
    try:
        tables = release.relations(candidate.connection, "previous_release")
    except (duckdb.Error, SndsOmopError):
        return {}
    return {
        f"previous.{table}": relation
        for (_, table), relation in tables.items()
        if table in ("person", "person_change")
    }


def _calendar(today: date) -> str:
    """(month, number): every month since the SNDS began, numbered so that neighbours are ± 1."""
    months = ", ".join(
        f"('{year}-{month:02d}-01', {year * 12 + month})"
        for year in range(FIRST_YEAR, today.year + 1)
        for month in range(1, 13)
    )
    return (
        f"(select cast(day as date) as month, number from (values {months}) as days (day, number))"
    )
