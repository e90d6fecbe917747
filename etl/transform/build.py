"""The build: from the lake to ``build/candidate.duckdb``."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from etl.connections import LOCAL
from etl.loaders.generation import settle
from etl.loaders.lake import write_empty_tables
from etl.loaders.linkage import write_linkage
from etl.loaders.screening import screen
from etl.settings import Settings
from etl.transform import spark
from etl.transform.fingerprint import Inputs, inputs, note_current, remove_stamp, write_stamp
from etl.transform.flux import flux_batches
from etl.transform.inputs import check_lake, write_table_numbers
from etl.transform.invocation import run_dbt
from etl.transform.linked import write_linked
from etl.transform.registry import carry_over, remove_withdrawn, upgrade_registry
from etl.transform.resume import Finished, Journal, Node, SparkJournal
from etl.vocabulary.loading import resolve_again
from etl.workspace import Workspace

if TYPE_CHECKING:
    from etl.progress import Progress

_VIEWS_OF_SPARK = "config.materialized:view"


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
    warehouse = spark.folder(workspace, settings.engine) / "warehouse"
    on_disk = SparkJournal(workspace, warehouse)
    if on_spark:
        start = _spark_start(
            workspace,
            settings,
            on_disk,
            built_from,
            select=select,
            full_refresh=full_refresh,
            progress=progress,
        )
    else:
        start = _Start(Journal(workspace), target, [*select])
        if not select:
            on_disk.replaced()
    remove_stamp(workspace)
    finished: list[str] = []
    if select or full_refresh:
        start.journal.end()
    if not select:
        # A whole build starts from nothing, or from what it finished before it was stopped: what
        # an older version left behind must not survive.
        finished = start.journal.begin(built_from, start.found)
    arguments = [
        "build",
        "--exclude",
        "test_type:unit",
        "test_type:data",
        *finished,
        "--target",
        start.target,
    ]
    if select:
        arguments += ["--select", *start.selected]
    if full_refresh:
        arguments.append("--full-refresh")
    note = None if select else start.journal.note
    if on_spark:
        results = _on_spark(
            workspace, settings, arguments, start.kept, progress=progress, note=note
        )
    else:
        batches = flux_batches(workspace, settings)
        results = run_dbt(
            workspace, settings, arguments, progress=progress, batches=batches, note=note
        )
    if not select:
        with duckdb.connect(str(workspace.candidate)) as candidate:
            write_stamp(candidate, built_from)
        start.journal.end()
        if on_spark:
            on_disk.complete()
        note_current(workspace, settings)
        write_linked(workspace)
    return _report(workspace, results, begun, tables=warehouse if on_spark else None)


@dataclass(frozen=True, slots=True)
class _Start:
    """What a build goes on from."""

    journal: Journal
    target: str
    """A target of dbt's profile."""
    selected: list[str]
    kept: Sequence[Node] = ()
    """Tables of Spark that stand."""
    found: Finished | None = None
    """What the journal of a build that was stopped holds, when it was read already."""


def _spark_start(
    workspace: Workspace,
    settings: Settings,
    journal: SparkJournal,
    built_from: Inputs,
    *,
    select: Sequence[str],
    full_refresh: bool,
    progress: Progress,
) -> _Start:
    """Prepare the session, and remove the tables that will be built again.

    A cluster that does not answer leaves the candidate that stands.
    """
    target = spark.dbt_target(settings.engine)
    selected: list[str] = []
    kept: list[Node] = []
    found = None
    if select:
        selected = _names_of(workspace, settings, select, target, progress)
        kept = journal.standing(without=selected)
        # a local session of Spark has no view of the session before
        selected.append(_VIEWS_OF_SPARK)
    elif not full_refresh:
        found = journal.finished(built_from)
        kept = found.nodes
    spark.prepare(workspace, settings.engine, kept, resumes=not select)
    return _Start(journal, target, selected, kept, found)


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
