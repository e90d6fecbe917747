"""One dbt invocation, in process: from the lake to ``build/candidate.duckdb``."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etl.errors import SndsOmopError
from etl.resources import dbt_project_dir
from etl.settings import Settings
from etl.transform.fingerprint import remove_stamp, write_stamp
from etl.transform.flux import FluxBatches, flux_batches
from etl.transform.inputs import check_lake, environment, variables, write_table_numbers
from etl.workspace import Workspace

if TYPE_CHECKING:
    from etl.cli.console import Progress

# "partial success" is not among them: some batches of a model failed
_DONE = ("success", "pass", "warn", "skipped", "no-op")


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did. ``slowest`` pairs node names and seconds."""

    nodes: int
    seconds: float
    slowest: tuple[tuple[str, float], ...]
    log: Path


def build(
    workspace: Workspace,
    settings: Settings,
    *,
    progress: Progress,
    target: str = "duckdb",
    select: Sequence[str] = (),
    full_refresh: bool = False,
) -> BuildReport:
    """Build every model (or those selected) into the candidate.

    Raises:
        SndsOmopError: SO-104 or SO-105 when the lake is not ready, SO-901 when a model or a
            test of dbt fails; the log file says which.
    """
    check_lake(workspace)
    write_table_numbers(workspace)
    begun = time.monotonic()
    remove_stamp(workspace)
    if not select:
        # A whole build starts from nothing: what an older version left behind must not survive.
        workspace.candidate.unlink(missing_ok=True)
        workspace.candidate.with_suffix(".duckdb.wal").unlink(missing_ok=True)
    arguments = ["build", "--exclude", "test_type:unit", "--target", target]
    if select:
        arguments += ["--select", *select]
    if full_refresh:
        arguments.append("--full-refresh")
    batches = flux_batches(workspace, settings)
    results = run_dbt(workspace, settings, arguments, progress=progress, batches=batches)
    if not select:
        write_stamp(workspace, settings)
    times = sorted(
        ((result.node.name, float(result.execution_time)) for result in results),
        key=lambda pair: -pair[1],
    )
    return BuildReport(
        nodes=len(times),
        seconds=time.monotonic() - begun,
        slowest=tuple(times[:5]),
        log=workspace.build / "logs" / "dbt.log",
    )


def run_dbt(
    workspace: Workspace,
    settings: Settings,
    arguments: Sequence[str],
    *,
    progress: Progress,
    batches: FluxBatches = FluxBatches(),  # noqa: B008 -- frozen
) -> list[Any]:
    """Run dbt in this process with the workspace's environment; return its node results.

    Raises:
        SndsOmopError: SO-901, naming the nodes that failed (never what a query returned).
    """
    # Importing dbt takes a second: only those who build pay for it.
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    project = dbt_project_dir()
    verb, *rest = arguments
    command = [
        verb,
        *rest,
        "--project-dir", str(project),
        "--profiles-dir", str(project),
        "--target-path", str(workspace.build / "target"),
        "--log-path", str(workspace.build / "logs"),
        "--vars", json.dumps(variables(settings) | batches.variables()),
        *batches.options(),
        "--no-version-check",
        "--quiet",
        "--log-level", "none",
        "--log-level-file", "debug",
    ]  # fmt: skip

    def listen(event: Any) -> None:
        if event.info.name == "NodeFinished":
            progress.advance(1, event.data.node_info.node_name)
        elif event.info.name == "ConcurrencyLine":
            progress.total(int(event.data.node_count))

    with _environment(environment(workspace, settings)):
        try:
            outcome = dbtRunner(callbacks=[listen]).invoke(command)
        finally:
            # dbt keeps the file open for the life of the process; validation opens it read-only
            DuckDBConnectionManager.close_all_connections()
    log = workspace.build / "logs" / "dbt.log"
    results = list(getattr(outcome.result, "results", None) or [])
    failed = [result.node.name for result in results if result.status not in _DONE]
    if failed or not outcome.success:
        what = ", ".join(failed[:5]) or type(outcome.exception).__name__
        raise SndsOmopError("SO-901", f"{what} failed", where=str(log))
    return results


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
