"""A build of no rows, kept, and dbt's unit tests on it: what mutants and `make check` need."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from etl.contracts.registry import contracts
from etl.loaders import stage
from etl.progress import Silent
from etl.settings import Settings
from etl.transform import build as build_candidate
from etl.transform.invocation import run_dbt
from etl.vocabulary import load_demo
from etl.workspace import Workspace

KEPT = Path(__file__).resolve().parents[2] / "build" / "kept"
NO_TEST = 5


def kept() -> Workspace:
    return Workspace(KEPT / "workspace")


def build() -> None:
    """Build every model on no rows: unit tests need to know the columns of each input."""
    delivery = KEPT / "delivery"
    delivery.mkdir(parents=True, exist_ok=True)
    header = ";".join(column.name for column in contracts()["IR_BEN_R"].columns)
    (delivery / "IR_BEN_R.csv").write_text(f"{header}\n", encoding="utf-8")
    workspace, settings = kept(), Settings()
    with workspace.locked():
        stage(delivery, workspace, settings)
        load_demo(workspace, settings)
        build_candidate(workspace, settings, progress=Silent())


def run_selected(model: str) -> list[Any]:
    """Build one model on the kept build and run its tests; results, failures among them.

    Raises:
        SndsOmopError: SO-129 for no such model, SO-901 naming what failed.
    """
    return run_dbt(kept(), Settings(), ["build", "--select", model], progress=Silent())


def test(models: Sequence[str]) -> int:
    """Unit tests of these models: 0 all pass, 1 one fails or does not compile, 5 there is none."""
    selection = [f"{model},test_type:unit" for model in models]
    try:
        results: list[Any] = run_dbt(
            kept(), Settings(), ["test", "--select", *selection], progress=Silent()
        )
    except Exception as error:  # any failure of dbt refuses the change
        return NO_TEST if getattr(error, "code", "") == "SO-129" else 1
    tests = [result for result in results if result.node.resource_type == "unit_test"]
    return 0 if tests else NO_TEST
