"""The completeness page: every column is on it, with its share or the reason why it is empty."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from etl.audit.completeness import PAGES, main, measured, page, reasons
from etl.contracts.cdm import cdm_tables

COLUMNS = [(table.name, field.name) for table in cdm_tables().values() for field in table.fields]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A candidate of empty tables, but for two persons of whom one has a month of birth."""
    (tmp_path / "w" / "build").mkdir(parents=True)
    with duckdb.connect(str(tmp_path / "w" / "build" / "candidate.duckdb")) as base:
        base.execute("create schema cdm")
        for table in cdm_tables().values():
            columns = ", ".join(f"{field.quoted} {field.type}" for field in table.fields)
            base.execute(f'create table cdm."{table.name}" ({columns})')
        base.execute("insert into cdm.person (person_id, month_of_birth) values (1, 5), (2, null)")
    return tmp_path / "w"


def test_reasons_name_columns_of_the_cdm_that_may_be_empty() -> None:
    fields = {(f.table, f.name): f for table in cdm_tables().values() for f in table.fields}
    assert set(reasons()) <= set(fields)
    assert [place for place in reasons() if fields[place].required] == []
    assert all(text["en"] and text["fr"] for text in reasons().values())


def test_a_column_that_nothing_fills_has_a_reason() -> None:
    """Those of tables that stay empty by design have that of their table."""
    silent = [
        (table.name, field.name)
        for table in cdm_tables().values()
        if table.name not in ("note", "note_nlp", "specimen", "cohort", "cohort_definition")
        for field in table.fields
        if not field.filled_from and (table.name, field.name) not in reasons()
    ]
    assert silent == []


def test_shares(workspace: Path) -> None:
    shares = measured(workspace / "build" / "candidate.duckdb")
    assert list(shares) == COLUMNS
    assert shares["person", "month_of_birth"] == 0.5
    assert shares["person", "day_of_birth"] == 0
    assert shares["death", "death_date"] is None


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_column_is_on_the_page(workspace: Path, language: str) -> None:
    text = page(measured(workspace / "build" / "candidate.duckdb"), language)
    assert re.findall(r"^\| `(\w+)`", text, re.MULTILINE) == [name for _, name in COLUMNS]
    assert re.search(r"`month_of_birth` \| [^|]+ \| 50\.0 % \|  \|", text)
    assert reasons()["person", "day_of_birth"][language] in text


def test_pages_are_written_below_the_folder(workspace: Path, tmp_path: Path) -> None:
    assert main([str(workspace), str(tmp_path / "docs")]) == 0
    assert all((tmp_path / "docs" / name).is_file() for name in PAGES.values())
    assert main([str(tmp_path / "nothing"), str(tmp_path / "docs")]) == 2
