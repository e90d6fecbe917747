"""Every DuckDB from 1.1 on, as OHDSI's packages bring it, opens what is released and published."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from etl import release
from etl.progress import Silent
from etl.publish.parquet import publish_parquet
from etl.settings import EngineSettings, Settings
from etl.workspace import Workspace
from tests.small_candidate import PERSONS, build_candidate

OLDER = ("1.1.3", "1.4.4")
READ = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
persons = connection.execute("select count(*) from cdm.person").fetchone()[0]
results = connection.execute("select count(*) from results.achilles_results").fetchone()[0]
files = connection.execute(f"select count(*) from '{sys.argv[2]}/person/*.parquet'").fetchone()[0]
print(duckdb.__version__, persons, results > 0, files)
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The DuckDB file of a release, and its Parquet folders."""
    root = tmp_path_factory.mktemp("versions")
    workspace = Workspace(root / "workspace")
    build_candidate(workspace)
    made = release.create(workspace, Settings())
    publish_parquet(workspace, made, root / "parquet", EngineSettings(), Silent())
    return made.database, root / "parquet"


def read(python: Path | str, published: tuple[Path, Path]) -> list[str]:
    done = subprocess.run(
        [python, "-c", READ, *published], check=True, capture_output=True, text=True
    )
    return done.stdout.split()


@pytest.mark.slow
@pytest.mark.parametrize("version", OLDER)
def test_an_older_duckdb_reads_a_release(
    published: tuple[Path, Path], tmp_path: Path, version: str
) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    installed = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", f"duckdb=={version}"],
        capture_output=True,
        check=False,
    )
    if installed.returncode != 0:
        pytest.skip(f"duckdb {version} cannot be installed here")
    assert read(python, published) == [version, str(PERSONS), "True", str(PERSONS)]


def test_our_own_duckdb_reads_a_release(published: tuple[Path, Path]) -> None:
    assert read(sys.executable, published) == [
        *(duckdb.__version__, str(PERSONS), "True", str(PERSONS))
    ]
