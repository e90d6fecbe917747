"""A good candidate, built once and copied for each test that spoils it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from etl.workspace import Workspace
from tests.quality_candidate import good_candidate

Spoil = Callable[..., Workspace]


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace = Workspace(tmp_path_factory.mktemp("pristine"))
    return good_candidate(workspace)


@pytest.fixture
def spoiled(pristine: Path, tmp_path: Path) -> Spoil:
    """A workspace whose candidate had some statements run on it."""

    def spoil(*statements: str) -> Workspace:
        workspace = Workspace(tmp_path / "workspace")
        workspace.create()
        shutil.copyfile(pristine, workspace.candidate)
        if statements:
            with duckdb.connect(str(workspace.candidate)) as connection:
                for statement in statements:
                    connection.execute(statement)
        return workspace

    return spoil


@pytest.fixture
def without_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports have tests of their own, and take a second each."""
    monkeypatch.setattr("data_quality.validation.write_reports", lambda *arguments: {})
