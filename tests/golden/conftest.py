"""What deliveries written by hand share: they are staged and built once a module."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

Build = Callable[..., duckdb.DuckDBPyConnection]


@pytest.fixture(scope="session")
def build_of(command: Any) -> Build:
    """Stages and builds a delivery, and later ones, in one workspace; returns the candidate."""

    def build(delivery: Path, *later: Path, **options: Any) -> duckdb.DuckDBPyConnection:
        workspace = delivery.parent / "workspace"
        staged = (["stage", "--input", folder] for folder in (delivery, *later))
        for step in (*staged, ["vocab", "load"], ["build"]):
            code, out, errors = command("--workspace", workspace, *step, **options)
            assert code == 0, out.get("error", errors)
        return duckdb.connect(str(workspace / "build" / "candidate.duckdb"), read_only=True)

    return build
