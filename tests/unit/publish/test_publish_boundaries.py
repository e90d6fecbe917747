"""Each guard of disclosure at its boundary: the last value refused, the first that may be shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl.errors import SndsOmopError
from etl.publish.cells import Cell, Rule
from etl.publish.guard import require_shareable
from etl.publish.memory import Memory, Remembered, former
from etl.publish.protection import Sum, protect

MINIMUM = 11
KEY = ("condition", "1")


@pytest.mark.parametrize(("count", "is_hidden"), [(0, False), (1, True), (10, True), (11, False)])
def test_a_count_is_hidden_up_to_ten(count: int, is_hidden: bool) -> None:
    protected = protect({"a": count}, [], MINIMUM)
    assert ("a" in protected.primary) == is_hidden
    assert ("a" in protected.shown) != is_hidden


@pytest.mark.parametrize("moved", [-11, -10, -1, 0, 1, 10, 11])
@pytest.mark.parametrize("shown", [None, 5000])
def test_a_former_cell_stands_until_eleven_persons_make_the_difference(
    moved: int, shown: int | None
) -> None:
    entry = Remembered("one", 5000, 100, shown)
    memory: Memory = {("families", KEY): (entry,)}
    found = former(memory, "families", KEY, Cell(9000, 100 + moved), MINIMUM)
    assert found == (entry if abs(moved) < 11 else None)
    assert former(memory, "pathways", KEY, Cell(9000, 100), MINIMUM) is None


@pytest.mark.parametrize("persons", [None, 500])
def test_values_are_compared_where_an_entry_has_no_persons(persons: int | None) -> None:
    memory: Memory = {("families", KEY): (Remembered("one", 100, None, 100),)}
    assert former(memory, "families", KEY, Cell(110, persons), MINIMUM)
    assert former(memory, "families", KEY, Cell(111, persons), MINIMUM) is None


def test_every_earlier_pack_counts_not_only_the_last() -> None:
    first, second = Remembered("one", 100, 100, 100), Remembered("two", 200, 200, 200)
    memory: Memory = {("families", KEY): (first, second)}
    assert former(memory, "families", KEY, Cell(105, 105), MINIMUM) == first


@pytest.mark.parametrize(
    ("cell", "is_hidden"),
    [
        (Cell(500, 10), True),
        (Cell(500, 11), False),
        (Cell(0, 0), False),
        (Cell(10, None), True),
        (Cell(11, None), False),
        (Cell(100, 20, largest=50, second=25), False),
        (Cell(100, 20, largest=51), True),
        (Cell(100, 20, largest=40, second=36), True),
    ],
)
def test_few_persons_or_one_who_has_most_hide_a_cell(cell: Cell, is_hidden: bool) -> None:
    assert Rule(MINIMUM).hides(cell) == is_hidden


def test_a_margin_alone_gives_its_hidden_part_back_and_takes_another_with_it() -> None:
    """The same parts with and without the equation: only with it is a second part hidden."""
    counts = {"total": 300, "a": 3, "b": 97, "c": 200}
    assert protect(counts, [], MINIMUM).complementary == set()
    assert protect(counts, [Sum("total", ("a", "b", "c"))], MINIMUM).complementary == {"b"}


def test_few_persons_behind_many_records_hide_the_records() -> None:
    protected = protect({"records": 5000}, [], MINIMUM, also_small=["records"])
    assert protected.shown == {}


@pytest.mark.parametrize(("count", "refused"), [("0", False), ("1", True), ("10", True)])
@pytest.mark.parametrize("form", ["table.csv", "tree.json"])
def test_the_last_look_refuses_one_to_ten(
    tmp_path: Path, count: str, refused: bool, form: str
) -> None:
    path = tmp_path / form
    text = f"region,n\n11,{count}\n" if form == "table.csv" else f'{{"n": {count}}}'
    path.write_text(text)
    if refused:
        with pytest.raises(SndsOmopError, match="SO-501"):
            require_shareable([path], tmp_path, MINIMUM)
    else:
        require_shareable([path], tmp_path, MINIMUM)
    path.write_text(text.replace(count, "11"))
    require_shareable([path], tmp_path, MINIMUM)


def test_one_file_at_fault_refuses_the_whole_pack(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("region,n\n11,20\n")
    bad.write_text("region,n\n11,10\n")
    for order in ([good, bad], [bad, good]):
        with pytest.raises(SndsOmopError, match=r"bad\.csv"):
            require_shareable(order, tmp_path, MINIMUM)
