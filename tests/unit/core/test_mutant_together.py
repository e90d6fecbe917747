"""Mutants of several models in one run of dbt: one place of each file, and every file put back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutation.places import Mutant
from tests.mutation.together import changed, rounds, unsafe

MODEL = "dbt_project/models/omop/one.sql"
TEXT = """-- a is distinct from b, in words
select a is distinct from b as x, {# c is distinct from d #}
    c IS NOT DISTINCT FROM d as y
from t
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    file = tmp_path / MODEL
    file.parent.mkdir(parents=True)
    file.write_text(TEXT, encoding="utf-8")
    return tmp_path


def test_null_safe_comparisons_are_found_outside_of_comments(root: Path) -> None:
    found = unsafe(root)
    assert [(one.line, one.after) for one in found] == [(2, "<>"), (3, "=")]
    assert "select a <> b as x" in found[0].applied(TEXT)
    assert "c = d as y" in found[1].applied(TEXT)


def test_a_round_changes_one_place_of_each_file() -> None:
    drawn = [Mutant("models", path, line, 0, 1, "a", "b") for path in "xyx" for line in (1, 2)]
    seen = list(rounds(drawn))
    assert sorted(one.line for each in seen for one in each) == [1, 1, 1, 2, 2, 2]
    assert [sorted(one.path for one in each) for each in seen] == [["x", "y"]] * 2 + [["x"]] * 2


def test_files_are_put_back_whatever_happens(root: Path) -> None:
    with pytest.raises(KeyboardInterrupt), changed(root, unsafe(root)[:1]):
        assert (root / MODEL).read_text(encoding="utf-8") != TEXT
        raise KeyboardInterrupt
    assert (root / MODEL).read_text(encoding="utf-8") == TEXT
