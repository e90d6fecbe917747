"""Values as files write them: formulas of a spreadsheet, whole numbers, hidden counts."""

from __future__ import annotations

import pytest

from etl.publish.columns import is_hidden_small, whole_number
from etl.publish.writers import neutral


@pytest.mark.parametrize("cell", ["=1+1", "@name", "\tx", "\rx", "+a", "-a", "-1+1", "+3;4", "=a"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(cell: str) -> None:
    assert neutral(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["=", "-", "", "-5", "+5.25", "-5,25", "a=1", "1-2", 5, -5, None])
def test_numbers_and_texts_that_are_no_formula_stay(cell: object) -> None:
    """One sign alone does nothing: tables write it for what is not known."""
    assert neutral(cell) == cell


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("0", 0), ("11", 11), ("11.0", 11), ("11.00", 11), ("1" * 12, 111_111_111_111),
        ("1" * 13, None), ("11.5", None), ("-1", None), ("<11", None), ("", None), ("1e3", None),
    ],
)  # fmt: skip
def test_a_whole_number_is_digits_with_zeros_after_the_point(
    value: str, number: int | None
) -> None:
    assert whole_number(value) == number


@pytest.mark.parametrize(
    ("value", "is_hidden"),
    [
        ("<11", True), ("< 11", True), ("<=11", True), ("< =12", True), ("-11", True),
        ("<10", False), ("-10", False), ("11", False), ("<1234567", False), ("<123456", True),
        (">11", False), ("<11x", False), ("", False),
    ],
)  # fmt: skip
def test_a_hidden_count_is_written_at_the_minimum_or_above(value: str, is_hidden: bool) -> None:
    assert is_hidden_small(value, 11) is is_hidden
