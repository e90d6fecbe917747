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
from etl.release.manifest import DATABASE_FILE
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
    path = workspace.current / DATABASE_FILE
    if not path.is_file():
        return {}
    quoted = str(path).replace("'", "''")
    try:
        candidate.run(f"attach if not exists '{quoted}' as previous_release (read_only)")
        tables = candidate.rows(
            "select schema_name || '.' || table_name from duckdb_tables()"
            " where database_name = 'previous_release'"
            " and table_name in ('person', 'person_change')"
        )
    except duckdb.Error:
        return {}
    return {f"previous.{name.partition('.')[2]}": f"previous_release.{name}" for (name,) in tables}


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
