"""Kill a release at any moment: readers always find one complete release."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from etl import release
from etl.workspace import Workspace
from tests.small_candidate import build_candidate

DRIVER = Path(__file__).with_name("kill_releases.py")
# The promise is 200: `SNDS_TEST_KILLS=200 pytest tests/integration/test_release_kill.py`. Every
# run of the suite makes fewer, for they take as long as all other tests of releases together.
KILLS = int(os.environ.get("SNDS_TEST_KILLS", "30"))
CANDIDATES = 3
KEPT = 2


@pytest.mark.slow
@pytest.mark.parametrize("format_", ["duckdb", "parquet"])
def test_kills_at_random_moments(tmp_path: Path, format_: str) -> None:
    for number in range(CANDIDATES):
        build_candidate(Workspace(tmp_path / f"candidate{number}"), salt=number)
    workspace = Workspace(tmp_path / "workspace")
    workspace.create()
    driver = subprocess.Popen(
        [sys.executable, str(DRIVER), str(workspace.root), str(KILLS), "8", format_],
        stderr=subprocess.PIPE,
        text=True,
    )
    seen: set[str] = set()
    reads = 0
    while driver.poll() is None:
        present = read_current(workspace)
        if present is not None:
            seen.add(present)
            reads += 1
        time.sleep(0.01)
    assert driver.returncode == 0, driver.stderr.read() if driver.stderr else ""
    assert len(seen) == CANDIDATES
    assert reads > 50
    names = {path.name for path in workspace.releases.iterdir()}
    assert names <= seen | {"current"}, "the last run leaves nothing behind"
    assert len(names) == KEPT + 1


def read_current(workspace: Workspace) -> str | None:
    """What a reader sees through the link: the tables and the manifest must agree."""
    present = release.current(workspace)
    if present is None:
        return None
    with duckdb.connect() as connection:
        person = present.relations(connection, "present")["cdm", "person"]
        found = connection.execute(f"select count(*), max(day_of_birth) from {person}").fetchone()
    assert found is not None
    assert found[0] == present.manifest.rows("person")
    return present.id
