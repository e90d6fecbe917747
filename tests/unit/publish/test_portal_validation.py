"""What the network portal accepts and refuses, on a file of a few lines."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from etl.publish.portal.rows import HEADER, Row
from tests.readers.portal_validation import refusals

Lines = list[list[str]]

ROWS = (
    Row(0, ("Demo", "1.0.2", "20261130"), 120),
    Row(1, (), 120),
    Row(101, ("45",), 11),
    Row(103, (), 100, (0.0, 99.0, 41.5, 20.25, 40.0, 5.0, 20.0, 60.0, 80.0)),
    Row(117, ("201801",), 120),
    Row(401, ("316139",), 100),
    Row(5000, ("Demo", "2022-12-31", "2022-12-31", "5.4", "v5"), 9999),
)


def lines() -> Lines:
    return [list(HEADER), *(row.cells() for row in ROWS)]


def test_a_whole_file_is_accepted() -> None:
    assert refusals(lines()) == []


def test_seven_columns_are_accepted_as_well() -> None:
    assert refusals([line[:7] for line in lines()]) == []


def without(analysis: str) -> Callable[[Lines], Lines]:
    return lambda found: [line for line in found if line[0] != analysis]


def twice(analysis: str) -> Callable[[Lines], Lines]:
    return lambda found: [*found, *(line for line in found if line[0] == analysis)]


def cell(analysis: str, place: int, value: str) -> Callable[[Lines], Lines]:
    return lambda found: [
        [*line[:place], value, *line[place + 1 :]] if line[0] == analysis else line
        for line in found
    ]


@pytest.mark.parametrize(
    "change",
    [
        without("0"),
        twice("0"),
        twice("5000"),
        cell("5000", 6, ""),
        cell("1", 6, "120.0"),
        cell("101", 1, "45.0"),
        cell("117", 1, "201813"),
        cell("401", 1, "many"),
        cell("103", 11, "NA"),
        cell("0", 1, "x" * 51),
        lambda found: [*found, [""]],
        lambda found: [[*line, ""] for line in found],
    ],
    ids=[
        "no row 0",
        "two rows 0",
        "two rows 5000",
        "5000 without count",
        "count with a point",
        "age with a point",
        "month 13",
        "concept that is no number",
        "distribution without median",
        "name of 51 characters",
        "blank last line",
        "seventeen columns",
    ],
)
def test_refused(change: Callable[[Lines], Lines]) -> None:
    assert refusals(change(lines()))


def test_a_file_without_5000_is_accepted_and_a_name_of_fifty_too() -> None:
    assert refusals(without("5000")(lines())) == []
    assert refusals(cell("0", 1, "x" * 50)(lines())) == []


def test_null_is_written_as_na_and_whole_numbers_without_point() -> None:
    row = Row(105, (None, ""), 7, (1.0, 2.5, None, 1e-7, 3.0, 4.0, 5.0, 6.0, 1e16))
    cells = row.cells()
    assert cells[:7] == ["105", "NA", "NA", "NA", "NA", "NA", "7"]
    assert cells[7:11] == ["1", "2.5", "NA", "0.0000001"]
    assert cells[-1] == "10000000000000000"
