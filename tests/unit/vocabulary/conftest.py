"""A loaded demo vocabulary, shared: loading it takes a third of a second."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from etl.vocabulary import load_demo
from etl.workspace import Workspace

Query = Callable[..., list[tuple[Any, ...]]]


def reader(workspace: Workspace) -> Query:
    """A function that runs SQL where each Parquet file of the vocabulary is a view."""
    connection = duckdb.connect()
    for path in workspace.vocabulary.glob("*.parquet"):
        connection.execute(f"create view {path.stem} as from read_parquet('{path}')")

    def query(sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return connection.execute(sql, list(values)).fetchall()

    return query


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Query:
    workspace = Workspace(tmp_path_factory.mktemp("demo"))
    load_demo(workspace)
    return reader(workspace)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")
