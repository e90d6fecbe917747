"""Kill `publish postgres` at any moment: a reader of the database sees one whole release."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from etl import release
from etl.settings import Settings
from etl.workspace import Workspace
from tests import postgres_server
from tests.small_candidate import build_candidate, released

pytest.importorskip("psycopg", reason="needs the extra `postgres`")
pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(
        postgres_server.binaries() is None,
        reason="PostgreSQL server not found: apt-get install postgresql",
    ),
]
DRIVER = Path(__file__).with_name("kill_publications.py")
# `SNDS_TEST_KILLS=60 pytest tests/integration/test_publish_postgres_kill.py` makes more.
KILLS = int(os.environ.get("SNDS_TEST_KILLS", "6"))


def test_kills_at_random_moments(tmp_path: Path) -> None:
    workspace: Workspace = released(tmp_path / "workspace")
    build_candidate(workspace, salt=1)
    release.create(workspace, Settings())
    with postgres_server.running() as url:
        done = subprocess.run(
            [sys.executable, str(DRIVER), str(workspace.root), url, str(KILLS), "5"],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        )
    assert done.returncode == 0, done.stderr
    before, after = map(int, done.stdout.split())
    assert before + after == KILLS
    assert before, "no kill met a publication under way"
