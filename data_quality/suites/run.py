"""Runs the suites as one checkpoint and reports the outcome of each expectation.

No value leaves: results hold counts only (``partial_unexpected_count: 0``), and the messages of
exceptions are removed from the files. An expectation that could not run is an error, neither a
failure nor a success.
"""

# ruff: noqa: S608 - SQL is made of names of our own specification, never of what a user typed.

from __future__ import annotations

import json
import logging
import os
import shutil
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from data_quality.checks.model import Status
from data_quality.engine.candidate import Candidate, opened
from data_quality.results import FILE as RESULTS_FILE
from data_quality.suites.documentation import FOLDER, gather
from data_quality.suites.lake import profile_lake
from data_quality.suites.specification import (
    Expectation,
    Suite,
    cdm_suites,
    lake_suite,
    release_suites,
    source_suite,
)
from etl.settings import EngineSettings
from etl.sql_text import literal
from etl.workspace import Workspace

WORKING = "gx"
"""Folder of the build where Great Expectations keeps its configuration while it runs."""
RUN_NAME = "candidate"
CANDIDATE_VARIABLE = "SNDS_OMOP_GX_CANDIDATE"
LAKE_VARIABLE = "SNDS_OMOP_GX_LAKE"
RESULT_FORMAT = {"result_format": "SUMMARY", "partial_unexpected_count": 0}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one expectation."""

    suite: Suite
    expectation: Expectation
    status: Status
    violated: int | None
    denominator: int | None

    def row(self) -> dict[str, Any]:
        """As a row of ``suites.parquet``."""
        return {
            "layer": self.suite.layer,
            "table_name": self.suite.table,
            "expectation": self.expectation.kind,
            "column_name": self.column,
            "severity": self.expectation.severity,
            "check_id": self.expectation.check_id,
            "status": str(self.status),
            "violated": self.violated,
            "denominator": self.denominator,
        }

    @property
    def column(self) -> str:
        arguments = self.expectation.arguments
        return str(arguments.get("column") or arguments.get("column_A") or "")


def validate_suites(workspace: Workspace, engine: EngineSettings, today: date) -> list[Outcome]:
    """Declare the suites of a workspace and run them; writes ``quality/data_docs``."""
    lake_file = workspace.build / "lake_views.duckdb"
    lake_file.unlink(missing_ok=True)
    scratch = workspace.build / "tmp"
    with (
        opened(workspace.candidate, engine, scratch) as candidate,
        duckdb.connect(str(lake_file), config=engine.duckdb(scratch)) as lake,
    ):
        suites = plan(candidate, lake, workspace, today)
    try:
        return run_suites(suites, workspace, lake_file, engine)
    finally:
        lake_file.unlink(missing_ok=True)


def plan(
    candidate: Candidate, lake: duckdb.DuckDBPyConnection, workspace: Workspace, today: date
) -> list[Suite]:
    """All suites for what the workspace holds; makes the views of the lake they read."""
    suites = [*_lake_suites(lake, workspace)]
    schema = candidate.inventory.schema
    filled = {
        table: columns
        for table, columns in candidate.inventory.tables.items()
        if candidate.rows(f"select 1 from {schema}.{table} limit 1")
    }
    suites += cdm_suites(schema, filled, today)
    lake.execute("create schema if not exists quality")
    _view(lake, "quality.results", workspace.quality / RESULTS_FILE)
    present = {
        "quality": {"results"},
        "audit": set(candidate.inventory.audit),
        schema: set(candidate.inventory.tables),
    }
    suites += [s for s in release_suites(schema) if s.table in present[s.schema]]
    return suites


def _lake_suites(lake: duckdb.DuckDBPyConnection, workspace: Workspace) -> Iterator[Suite]:
    lake.execute("create schema if not exists lake")
    files = workspace.lake / "manifest" / "files.parquet"
    if not files.is_file():
        return
    _view(lake, "lake.manifest_files", files)
    yield source_suite("lake", "manifest_files")
    profile_lake(lake, workspace)
    yield lake_suite("lake", "tables")


def _view(lake: duckdb.DuckDBPyConnection, name: str, files: Path) -> None:
    lake.execute(
        f"create or replace view {name} as"
        f" select * from read_parquet({literal(files)}, union_by_name = true)"
    )


def run_suites(
    suites: list[Suite], workspace: Workspace, lake_file: Path, engine: EngineSettings
) -> list[Outcome]:
    """Run one checkpoint over all suites and write its results and documentation.

    Args:
        suites: what :func:`plan` gave; nothing may hold the two databases open for writing.
        lake_file: database with the views of the lake.
    """
    os.environ[CANDIDATE_VARIABLE] = str(workspace.candidate)
    os.environ[LAKE_VARIABLE] = str(lake_file)
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    # It logs whole traces, which may quote a value.
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        root = workspace.build / WORKING
        # where an earlier version kept everything
        shutil.rmtree(workspace.quality / WORKING, ignore_errors=True)
        try:
            found = _run(suites, root, engine)
            site = next(root.glob("**/local_site"))
            gather(site, workspace.quality / FOLDER, _counted(found))
        finally:
            shutil.rmtree(root, ignore_errors=True)
    return found


def _counted(outcomes: list[Outcome]) -> dict[str, Counter[Status]]:
    """Expectations by status of each suite."""
    counts: dict[str, Counter[Status]] = {}
    for outcome in outcomes:
        counts.setdefault(outcome.suite.name, Counter())[outcome.status] += 1
    return counts


def _run(suites: list[Suite], root: Path, engine: EngineSettings) -> list[Outcome]:
    import great_expectations as gx
    from great_expectations.core.run_identifier import RunIdentifier

    from data_quality.suites.dialect import URL, register

    register(engine)
    shutil.rmtree(root, ignore_errors=True)
    context = gx.get_context(mode="file", project_root_dir=str(root))
    context.variables.progress_bars = {"globally": False}
    sources = {
        name: context.data_sources.add_sql(
            name,
            # Through the environment: paths of a machine stay out of the files of a release.
            connection_string=f"{URL}/${{{variable}}}",
            create_temp_table=False,
            kwargs={"connect_args": {"read_only": True}},
        )
        for name, variable in (("candidate", CANDIDATE_VARIABLE), ("lake", LAKE_VARIABLE))
    }
    definitions = [_define(gx, context, sources, suite) for suite in suites]
    checkpoint = context.checkpoints.add(
        gx.Checkpoint(
            name="release", validation_definitions=definitions, result_format=RESULT_FORMAT
        )
    )
    answer = checkpoint.run(run_id=RunIdentifier(run_name=RUN_NAME))
    outcomes = list(_outcomes(suites, answer))
    _strike_out(root)
    context.build_data_docs()
    return outcomes


def _define(gx: Any, context: Any, sources: Mapping[str, Any], suite: Suite) -> Any:
    source = sources["lake" if suite.schema in ("lake", "quality") else "candidate"]
    asset = source.add_table_asset(suite.name, table_name=suite.table, schema_name=suite.schema)
    batch = asset.add_batch_definition_whole_table("all")
    # All at once: added one by one, the suite would be written as many times.
    listed = [
        getattr(gx.expectations, expectation.kind)(
            **expectation.arguments,
            severity=expectation.severity,
            meta={"number": number, "check_id": expectation.check_id},
        )
        for number, expectation in enumerate(suite.expectations)
    ]
    declared = context.suites.add(gx.ExpectationSuite(name=suite.name, expectations=listed))
    return context.validation_definitions.add(
        gx.ValidationDefinition(name=suite.name, data=batch, suite=declared)
    )


def _outcomes(suites: list[Suite], answer: Any) -> Iterator[Outcome]:
    by_name = {suite.name: suite for suite in suites}
    for validation in answer.run_results.values():
        suite = by_name[validation.suite_name]
        # Results come in another order than expectations: the number ties them.
        results = {r.expectation_config.meta["number"]: r for r in validation.results}
        for number, expectation in enumerate(suite.expectations):
            yield _outcome(suite, expectation, results.get(number))


def _outcome(suite: Suite, expectation: Expectation, result: Any) -> Outcome:
    if result is None or raised(result.exception_info):
        return Outcome(suite, expectation, Status.ERROR, None, None)
    found: Mapping[str, Any] = result.result or {}
    violated = found.get("unexpected_count")
    if violated is None and expectation.kind == "UnexpectedRowsExpectation":
        violated = found.get("observed_value")
    status = Status.PASS if result.success else Status.FAIL
    return Outcome(suite, expectation, status, violated, found.get("element_count"))


def raised(information: Mapping[str, Any] | None) -> bool:
    """Whether an expectation could not run; the flag lies at the top or under each metric."""
    if not information:
        return False
    if "raised_exception" in information:
        return bool(information["raised_exception"])
    return any(raised(part) for part in information.values() if isinstance(part, dict))


def _strike_out(root: Path) -> None:
    """Take messages and traces out of the stored results: they may quote a value or a path."""
    for path in root.glob("**/validations/**/*.json"):
        content = json.loads(path.read_text("utf-8"))
        for result in content.get("results", []):
            information = result.get("exception_info")
            if raised(information):
                result["exception_info"] = {
                    "raised_exception": True,
                    "exception_message": "could not run",
                    "exception_traceback": "",
                }
        path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
