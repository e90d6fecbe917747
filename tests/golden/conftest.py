"""What deliveries written by hand share: they are staged and built once a module."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

Build = Callable[[Path], duckdb.DuckDBPyConnection]


@pytest.fixture(scope="session")
def build_of(command: Any) -> Build:
    """Stages and builds a delivery in a workspace beside it; answers with the candidate."""

    def build(delivery: Path) -> duckdb.DuckDBPyConnection:
        workspace = delivery.parent / "workspace"
        for step in (["stage", "--input", delivery], ["vocab", "load"], ["build"]):
            code, out, errors = command("--workspace", workspace, *step)
            assert code == 0, out.get("error", errors)
        return duckdb.connect(str(workspace / "build" / "candidate.duckdb"), read_only=True)

    return build
