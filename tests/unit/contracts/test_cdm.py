"""The specification of the target is complete, in two languages, and what dbt reads is rendered."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from etl.contracts.cdm import FILLINGS, cdm_tables, render
from etl.contracts.registry import contracts
from etl.resources import mappings_dir

SAME_IN_BOTH = ("latitude", "longitude")
FIELDS = [field for table in cdm_tables().values() for field in table.fields]


def test_the_cdm_has_39_tables_and_432_columns() -> None:
    assert (len(cdm_tables()), len(FIELDS)) == (39, 432)


def test_rendered_yaml_is_not_stale() -> None:
    assert render.stale() == []


def test_a_changed_file_is_stale(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(render, "dbt_project_dir", lambda: tmp_path)
    assert render.main(["--check"]) == 1
    assert render.main([]) == 0
    assert render.main(["--check"]) == 0
    path = tmp_path / "models" / "omop" / "derived" / "_derived__models.yml"
    path.write_text(path.read_text() + "# edited\n")
    assert render.stale() == [path]


def test_every_column_is_described_in_both_languages() -> None:
    for field in FIELDS:
        assert field.doc_en.endswith("."), field
        assert field.doc_fr.endswith("."), field
        assert field.doc_en != field.doc_fr or field.name in SAME_IN_BOTH, field


def test_what_fills_a_column_exists() -> None:
    columns = {
        f"{table}.{column.name}" for table, found in contracts().items() for column in found.columns
    }
    with (mappings_dir() / "rules" / "snds_rules.csv").open(encoding="utf-8", newline="") as handle:
        rules = {row["rule_id"] for row in csv.DictReader(handle)}
    known = columns | rules | {*FILLINGS}
    unknown = {(f.table, f.name, one) for f in FIELDS for one in f.filled_from if one not in known}
    assert unknown == set()


def test_a_required_column_of_a_filled_table_states_what_fills_it() -> None:
    filled = {field.table for field in FIELDS if field.filled_from}
    silent = [
        f"{field.table}.{field.name}"
        for field in FIELDS
        if field.table in filled and field.required and not field.filled_from
    ]
    assert silent == []
