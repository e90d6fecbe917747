"""Folders with quotes, brackets, blanks, accents and per cent signs."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

from data_quality.words import Words
from etl.errors import SndsOmopError
from etl.loaders import stage
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


def test_a_delivery_is_staged_below_it_and_again(folder: Path) -> None:
    """A second stage asks the lake of the first one for its columns; Parquet has its own reader."""
    delivery, workspace = folder / "delivery", Workspace(folder / "w")
    workspace.create()
    delivery.mkdir()
    rows = {"ETA_NUM": ["010000123"], "RSA_NUM": ["1"], "ASS_DGN": ["I10"]}
    pl.DataFrame(rows).write_parquet(delivery / "T_MCO19D.parquet")
    pl.DataFrame(rows).write_csv(delivery / "T_MCO20D.csv", separator=";")
    (delivery / "notes.parquet").write_bytes(b"no table")
    for _ in range(2):
        report = stage(delivery, workspace, Settings())
        fates = {file.name: (file.fate, file.code) for file in report.files}
        assert fates["T_MCO19D.parquet"] == ("loaded", "")
        assert fates["T_MCO20D.csv"] == ("loaded", "")


@pytest.mark.parametrize("name", ["étude #1", "étude ?"])
def test_a_path_that_dbt_reads_as_an_address_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(SndsOmopError) as refusal:
        Workspace(tmp_path / name).require_readable_path()
    assert refusal.value.code == "SO-103"
    Workspace(tmp_path / "étude [1] 100 % *").require_readable_path()
