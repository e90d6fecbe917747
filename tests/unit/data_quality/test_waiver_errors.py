"""A waiver file that cannot be used: the line, or the check that was probably meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from data_quality.gate import read_waivers
from etl.errors import SndsOmopError

KNOWN = ("measurement_range", "person_completeness")
WAIVER = "- check: {}\n  owner: A person\n  reason: A reason\n  expires: 2099-01-01\n"


def refused(root: Path, text: str) -> tuple[str, str]:
    (root / "waivers.yml").write_text(text, encoding="utf-8")
    with pytest.raises(SndsOmopError) as caught:
        read_waivers(root, KNOWN)
    assert caught.value.code == "SO-303"
    assert caught.value.where == str(root / "waivers.yml")
    return caught.value.clause.english, caught.value.clause.french


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("- check: a\n  owner: [\n", 3),
        ("- check: a\n  owner: b\n   reason: c\n", 3),
        ('- check: "a\n', 2),
        ("- check: a\n\towner: b\n", 2),
    ],
)
def test_the_line_of_what_is_no_yaml(tmp_path: Path, text: str, line: int) -> None:
    english, french = refused(tmp_path, text)
    assert f"line {line}, column" in english
    assert f"ligne {line}, colonne" in french


def test_an_unknown_check_is_suggested(tmp_path: Path) -> None:
    english, french = refused(tmp_path, WAIVER.format("measurment_range"))
    assert english.endswith("did you mean measurement_range?")
    assert french.endswith("vouliez-vous dire measurement_range ?")


def test_nothing_is_suggested_for_what_resembles_none(tmp_path: Path) -> None:
    english, _ = refused(tmp_path, WAIVER.format("zzz"))
    assert english == "waiver 1 names a check that does not exist"
