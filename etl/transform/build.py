"""One dbt invocation, in process: from the lake to ``build/candidate.duckdb``."""

from __future__ import annotations

import gc
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from etl.connections import LOCAL
from etl.delivery.declaration import recorded
from etl.errors import SndsOmopError
from etl.faults import as_error, code_of_words
from etl.loaders.generation import settle
from etl.loaders.lake import write_empty_tables
from etl.loaders.linkage import write_linkage
from etl.loaders.screening import screen
from etl.resources import dbt_project_dir
from etl.settings import Settings
from etl.transform import cluster, spark
from etl.transform.fingerprint import inputs, note_current, remove_stamp, write_stamp
from etl.transform.flux import FluxBatches, flux_batches
from etl.transform.inputs import check_lake, environment, variables, write_table_numbers
from etl.transform.linked import write_linked
from etl.transform.registry import carry_over, remove_withdrawn, upgrade_registry
from etl.transform.resume import Journal, Node, SparkJournal
from etl.vocabulary.listed import loaded_concepts
from etl.vocabulary.loading import resolve_again
from etl.workspace import Workspace

if TYPE_CHECKING:
    from etl.progress import Progress

# "partial success" is not among them: some batches of a model failed
_VIEWS_OF_SPARK = "config.materialized:view"
_DONE = ("success", "pass", "warn", "skipped", "no-op")


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did. ``slowest`` pairs node names and seconds."""

    nodes: int
    models: tuple[str, ...]
    """Names of the models built, in the order in which they ended."""
    seconds: float
    slowest: tuple[tuple[str, float], ...]
    log: Path
    tables: Path | None = None
    """Where the Parquet tables are, when Spark wrote them."""


def build(
    workspace: Workspace,
    settings: Settings,
    *,
    progress: Progress,
    target: str = "duckdb",
    select: Sequence[str] = (),
    full_refresh: bool = False,
) -> BuildReport:
    """Build the candidate from the whole lake, or go on with a build that was stopped.

    Args:
        select: build these models only, in the candidate as it stands.
        full_refresh: keep nothing of a build that was stopped.

    Raises:
        SndsOmopError: SO-103 for a path that dbt cannot read, SO-104 or SO-105 when the lake is not
            ready, SO-901 when a model or a
            test of dbt fails; the log file names it. With the target `spark`, SO-110 or SO-119
            before anything is touched, SO-121 for a selection when the candidate is DuckDB's, and
            SO-151 to SO-154 on a cluster.
    """
    on_spark = target == spark.TARGET
    workspace.require_readable_path()
    if on_spark:
        spark.require(settings.engine)
    # a replacement that was killed in the middle of its switch is completed, or removed
    settle(workspace)
    screen(workspace)
    upgrade_registry(workspace)
    carry_over(workspace)
    remove_withdrawn(workspace)
    check_lake(workspace)
    # codes that no one had seen when the vocabulary was loaded get their concepts
    resolve_again(workspace, settings)
    # a lake staged by an earlier version lacks the tables that this version added
    write_empty_tables(workspace)
    write_table_numbers(workspace)
    write_linkage(workspace)
    begun = time.monotonic()
    built_from = inputs(workspace, settings)
    on_disk = SparkJournal(workspace, spark.folder(workspace, settings.engine) / "warehouse")
    journal = on_disk if on_spark else Journal(workspace)
    dbt_target = spark.dbt_target(settings.engine) if on_spark else target
    kept: list[Node] = []
    selected = [*select]
    if on_spark:
        if select:
            selected = _names_of(workspace, settings, select, dbt_target, progress)
            kept = on_disk.standing(without=selected)
            # a local session of Spark has no view of the session before
            selected.append(_VIEWS_OF_SPARK)
        elif not full_refresh:
            kept = on_disk.finished(built_from)
        # a cluster that does not answer leaves the candidate that stands
        spark.prepare(workspace, settings.engine, kept, resumes=not select)
    elif not select:
        on_disk.replaced()
    remove_stamp(workspace)
    finished: list[str] = []
    if select or full_refresh:
        journal.end()
    if not select:
        # A whole build starts from nothing, or from what it finished before it was stopped: what
        # an older version left behind must not survive.
        finished = journal.begin(built_from)
    arguments = [
        "build",
        "--exclude",
        "test_type:unit",
        "test_type:data",
        *finished,
        "--target",
        dbt_target,
    ]
    if select:
        arguments += ["--select", *selected]
    if full_refresh:
        arguments.append("--full-refresh")
    note = None if select else journal.note
    if on_spark:
        results = _on_spark(workspace, settings, arguments, kept, progress=progress, note=note)
    else:
        batches = flux_batches(workspace, settings)
        results = run_dbt(
            workspace, settings, arguments, progress=progress, batches=batches, note=note
        )
    if not select:
        with duckdb.connect(str(workspace.candidate)) as candidate:
            write_stamp(candidate, built_from)
        journal.end()
        if on_spark:
            on_disk.complete()
        note_current(workspace, settings)
        write_linked(workspace)
    tables = spark.folder(workspace, settings.engine) / "warehouse" if on_spark else None
    return _report(workspace, results, begun, tables=tables)


def _on_spark(
    workspace: Workspace,
    settings: Settings,
    arguments: Sequence[str],
    kept: Sequence[Node],
    *,
    progress: Progress,
    note: Callable[[str], None] | None,
) -> list[Any]:
    """Build by Spark, then fill the candidate with what it wrote.

    On a cluster the first model that fails ends the build: its executors are not free.

    Args:
        kept: tables that stand; those of a build that was stopped are not in the candidate yet.
        note: None for a selection.
    """
    options = [] if settings.engine.spark == LOCAL else ["--fail-fast"]
    results = run_dbt(
        workspace, settings, [*arguments, *options], progress=progress, note=note, kept=kept
    )
    nodes = [result.node for result in results]
    spark.gather(workspace, settings.engine, nodes, kept if note else ())
    run_dbt(workspace, settings, spark.VIEWS, progress=progress)
    if note is None:
        return [result for result in results if result.node.config.materialized != "view"]
    return results


def _names_of(
    workspace: Workspace,
    settings: Settings,
    select: Sequence[str],
    target: str,
    progress: Progress,
) -> list[str]:
    """Names of the models and seeds that a selection matches.

    Raises:
        SndsOmopError: SO-129 when it matches none.
    """
    arguments = ("ls", "--resource-type", "model", "--resource-type", "seed", "--output", "name")
    listed = run_dbt(
        workspace,
        settings,
        [*arguments, "--target", target, "--select", *select],
        progress=progress,
    )
    return [str(name) for name in listed]


def _report(
    workspace: Workspace,
    results: Sequence[Any],
    begun: float,
    *,
    tables: Path | None = None,
) -> BuildReport:
    # dbt lists the exposures that depend on a model, and builds nothing of them
    built = [result for result in results if result.node.resource_type != "exposure"]
    times = sorted(
        ((result.node.name, float(result.execution_time)) for result in built),
        key=lambda pair: -pair[1],
    )
    return BuildReport(
        nodes=len(times),
        models=tuple(result.node.name for result in built if result.node.resource_type == "model"),
        seconds=time.monotonic() - begun,
        slowest=tuple(times[:5]),
        log=workspace.build / "logs" / "dbt.log",
        tables=tables,
    )


def run_dbt(
    workspace: Workspace,
    settings: Settings,
    arguments: Sequence[str],
    *,
    progress: Progress,
    batches: FluxBatches = FluxBatches(),  # noqa: B008 -- frozen
    note: Callable[[str], None] | None = None,
    kept: Sequence[Node] = (),
) -> list[Any]:
    """Run dbt in this process with the workspace's environment; return its node results.

    Args:
        note: receives each node that has succeeded.
        kept: nodes whose tables Spark declares before the first model.

    Returns:
        Results of nodes, or the names that ``ls`` lists.

    Raises:
        SndsOmopError: SO-901, naming the nodes that failed (never what a query returned).
    """
    # Importing dbt takes a second: only those who build pay for it.
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    project = dbt_project_dir()
    verb, *rest = arguments
    # A selection leaves dbt's manifest of the whole build, which holds the SQL of every model.
    command = [
        verb,
        *rest,
        "--project-dir", str(project),
        "--profiles-dir", str(project),
        "--target-path", str(workspace.build / "target"),
        "--log-path", str(workspace.build / "logs"),
        "--vars", json.dumps(
            variables(settings, recorded(workspace))
            | {"concepts": loaded_concepts(workspace)}
            | batches.variables()
            | ({"kept": [f"{node['schema']}.{node['alias']}" for node in kept]} if kept else {})
        ),
        *batches.options(),
        *(["--no-write-json"] if "--select" in rest else []),
        "--no-version-check",
        "--quiet",
        "--log-level", "none",
        "--log-level-file", "info",
    ]  # fmt: skip

    def listen(event: Any) -> None:
        if event.info.name == "NodeFinished":
            node = event.data.node_info
            progress.advance(1, node.node_name)
            if note and node.node_status == "success":
                note(node.unique_id)
        elif event.info.name == "ConcurrencyLine":
            progress.total(int(event.data.node_count))

    with _environment(environment(workspace, settings)), _rare_collections():
        try:
            outcome = dbtRunner(callbacks=[listen]).invoke(command)
        finally:
            # dbt keeps the file open for the life of the process; validation opens it read-only
            DuckDBConnectionManager.close_all_connections()
            spark.stop()
    log = workspace.build / "logs" / "dbt.log"
    is_list = isinstance(outcome.result, list)
    results = list(outcome.result if is_list else getattr(outcome.result, "results", None) or [])
    if outcome.success and not results and "--select" in arguments:
        raise SndsOmopError(
            "SO-129",
            "nothing was built",
            "rien n'a été construit",
            where=" ".join(arguments[arguments.index("--select") :]),
        )
    failed = [] if is_list else [one.node.name for one in results if one.status not in _DONE]
    if failed or not outcome.success:
        if isinstance(outcome.exception, KeyboardInterrupt):
            raise KeyboardInterrupt
        _require_resources(workspace, outcome.exception, results)
        what = ", ".join(failed[:5]) or type(outcome.exception).__name__
        raise SndsOmopError("SO-901", f"{what} failed", f"échec de {what}", where=str(log))
    return results


def _require_resources(
    workspace: Workspace, raised: BaseException | None, results: Sequence[Any]
) -> None:
    """A model that failed for want of disk or memory, or on a damaged file, is no bug.

    dbt keeps the words of the engine only: they are searched, never shown.
    """
    lacking = as_error(raised, workspace.root) if raised else None
    if lacking is not None:
        raise lacking
    for result in results:
        gone = cluster.lost(str(result.message), workspace.build / "logs" / "dbt.log")
        if gone is not None and result.status not in _DONE:
            raise gone
        code = code_of_words(str(result.message)) if result.status not in _DONE else None
        if code is not None:
            raise SndsOmopError(
                code,
                f"{result.node.name} was not built",
                f"{result.node.name} n'a pas été construit",
                where=str(workspace.build),
            )


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Python looks for cycles less often: dbt makes millions of objects that stay to the end.

    A fifth of the CPU of a small build was spent on looking through them again and again.
    """
    before = gc.get_threshold()
    gc.set_threshold(200_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


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
