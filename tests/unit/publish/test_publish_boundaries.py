"""Each guard of disclosure at its boundary: the last value refused, the first that may be shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl.errors import SndsOmopError
from etl.publish.guard import require_shareable
from etl.publish.memory import Memory, Remembered, held, must_stay_hidden
from etl.publish.protection import Sum, protect

MINIMUM = 11
KEY = ("condition", "1")


@pytest.mark.parametrize(("count", "is_hidden"), [(0, False), (1, True), (10, True), (11, False)])
def test_a_count_is_hidden_up_to_ten(count: int, is_hidden: bool) -> None:
    protected = protect({"a": count}, [], MINIMUM)
    assert ("a" in protected.primary) == is_hidden
    assert ("a" in protected.shown) != is_hidden


@pytest.mark.parametrize("moved", [-11, -10, -1, 0, 1, 10, 11])
def test_a_hidden_count_that_moved_by_one_to_ten_stays_hidden(moved: int) -> None:
    memory: Memory = {("families", KEY): Remembered(exact=100, shown=None)}
    staying = [*must_stay_hidden("families", {KEY: 100 + moved}, memory, MINIMUM)]
    assert staying == ([KEY] if 0 < abs(moved) < 11 else [])


def test_a_hidden_count_of_another_family_hides_nothing() -> None:
    memory: Memory = {("families", KEY): Remembered(exact=100, shown=None)}
    assert [*must_stay_hidden("pathways", {KEY: 101}, memory, MINIMUM)] == []


@pytest.mark.parametrize(
    ("exact", "shown", "is_held"),
    [(110, 120, True), (111, 110, True), (111, 111, False), (90, 80, True), (89, 80, False)],
)
def test_a_shown_count_is_held_unless_both_moved_by_eleven(
    exact: int, shown: int, is_held: bool
) -> None:
    """100 was shown for 100: either difference alone, below 11, would be a small count."""
    assert held(exact, shown, Remembered(100, 100), MINIMUM) == is_held


def test_what_is_shown_again_unchanged_is_not_held() -> None:
    assert not held(101, 100, Remembered(100, 100), MINIMUM)
    assert not held(101, 110, None, MINIMUM)
    assert not held(101, 110, Remembered(100, None), MINIMUM)


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
