"""Folders with quotes, brackets, blanks, accents and per cent signs."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

from data_quality.words import Words
from etl.loaders.lake import write_empty_tables
from etl.settings import Settings
from etl.state_file import read_table
from etl.transform.inputs import environment
from etl.workspace import Workspace, pattern

NAMES = ["l'étude d'Anne", "données [2021]", "100% %20", "étoile * et ?", 'a "b"', "  blancs "]


@pytest.fixture(params=NAMES)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    found = tmp_path / request.param
    (found / "f1").mkdir(parents=True)
    # A neighbour that a pattern of the name would meet as well.
    (tmp_path / "données 2").mkdir()
    pl.DataFrame({"a": [1]}).write_parquet(found / "f1" / "part.parquet")
    return found


def read(relation: str) -> list[tuple[int, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(f"select * from {relation}").fetchall()


def test_duckdb_reads_below_it(folder: Path) -> None:
    words = Words("duckdb")
    assert read(words.parquet(pattern(folder, "*", "*.parquet"))) == [(1,)]
    assert read(words.parquet(pattern(folder, "**", "*.parquet"))) == [(1,)]
    assert read(words.parquet(pattern(folder / "f1" / "part.parquet"))) == [(1,)]


def test_python_reads_below_it(folder: Path) -> None:
    assert read_table(folder / "f1" / "part.parquet").rows() == [(1,)]


def test_models_read_the_lake(folder: Path) -> None:
    """dbt puts the variable between quotes of SQL, in front of a pattern."""
    workspace = Workspace(folder)
    workspace.create()
    write_empty_tables(workspace)
    lake = environment(workspace, Settings())["SNDS_OMOP_LAKE"]
    assert read(f"read_parquet('{lake}/dcir/er_prs_f/**/*.parquet')") == []
