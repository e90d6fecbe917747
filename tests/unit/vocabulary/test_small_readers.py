"""Files of the vocabulary and of mappings that are read in a strict way."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from etl.errors import SndsOmopError
from etl.vocabulary.mapping_file import REQUIRED_COLUMNS, read_mapping_file
from etl.vocabulary.version import VocabularyVersion, loaded_version
from etl.workspace import Workspace

HEADER = ",".join(REQUIRED_COLUMNS)
ROW = ",".join("E11" if name == "sourceCode" else "" for name in REQUIRED_COLUMNS)


@pytest.mark.parametrize("is_demo", [True, False])
def test_the_version_of_a_folder_whose_name_is_a_pattern(tmp_path: Path, *, is_demo: bool) -> None:
    workspace = Workspace(tmp_path / "data[1]")
    assert loaded_version(workspace) is None
    workspace.vocabulary.mkdir(parents=True)
    pl.DataFrame({"vocabulary_version": ["v5.0"], "is_demo": [is_demo], "x": [1]}).write_parquet(
        workspace.vocabulary / "vocabulary_meta.parquet"
    )
    assert loaded_version(workspace) == VocabularyVersion("v5.0", is_demo)


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_both_separators_are_read(tmp_path: Path, separator: str, quote: str) -> None:
    path = tmp_path / "x.usagi.csv"
    cells = [f"{quote}{name}{quote}" for name in REQUIRED_COLUMNS]
    path.write_text(f"{separator.join(cells)}\n{ROW.replace(',', separator)}\n", "utf-8-sig")
    (row,) = read_mapping_file(path)
    assert (row.source_code, row.line) == ("E11", 2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{HEADER}\n{ROW},\n", "wrong number of fields"),
        (f"{HEADER}\n{ROW.rpartition(',')[0]}\n", "wrong number of fields"),
        (f'{HEADER}\n"E11"0{ROW[3:]}\n', "broken CSV"),
        (f"{HEADER.partition(',')[2]}\n{ROW}\n", "no column"),
        ("", "no column"),
    ],
)
def test_a_file_that_is_not_what_it_should_be(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "x.usagi.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(SndsOmopError, match=words) as caught:
        list(read_mapping_file(path))
    assert caught.value.code == "SO-403"
