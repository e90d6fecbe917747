"""dbt in this process: one call, its results, and what its failures mean."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from etl.delivery.declaration import recorded
from etl.errors import SndsOmopError
from etl.faults import as_error, code_of_words
from etl.resources import dbt_project_dir
from etl.settings import Settings
from etl.transform import cluster, spark
from etl.transform.flux import FluxBatches
from etl.transform.inputs import environment, variables
from etl.transform.resume import Node
from etl.vocabulary.listed import loaded_concepts
from etl.workspace import Workspace

if TYPE_CHECKING:
    from etl.progress import Progress

# "partial success" is not among them: some batches of a model failed
_DONE = ("success", "pass", "warn", "skipped", "no-op")


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
