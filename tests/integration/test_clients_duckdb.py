"""Older DuckDB, as OHDSI's R packages bring it, opens a release."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from etl import release
from etl.settings import Settings
from etl.workspace import Workspace
from tests.small_candidate import PERSONS, build_candidate

OLDEST = "1.1.3"
READ = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
persons = connection.execute("select count(*) from cdm.person").fetchone()[0]
results = connection.execute("select count(*) from results.achilles_results").fetchone()[0]
print(duckdb.__version__, persons, results > 0)
"""


@pytest.mark.slow
def test_duckdb_1_1_reads_a_release(tmp_path: Path) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    installed = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", f"duckdb=={OLDEST}"],
        capture_output=True,
        check=False,
    )
    if installed.returncode != 0:
        pytest.skip(f"duckdb {OLDEST} cannot be installed here")
    workspace = Workspace(tmp_path / "workspace")
    build_candidate(workspace)
    made = release.create(workspace, Settings())
    read = subprocess.run(
        [python, "-c", READ, made.database], check=True, capture_output=True, text=True
    )
    assert read.stdout.split() == [OLDEST, str(PERSONS), "True"]
