"""What a reader knows of one cell, which cells need width, and which one is hidden next."""

from __future__ import annotations

import math

import pytest

from etl.publish import disclosure
from etl.publish.bounds import LARGE, Interval, Known, exposed
from etl.publish.cells import Cell, Family, Key, Rule
from etl.publish.control import Shown
from etl.publish.relations import Name, Relation

KEY: Key = ("a",)
BASE = 10


def shown(
    cells: dict[Key, Cell],
    counts: dict[Key, int] | None = None,
    *,
    former: tuple[Key, ...] = (),
    primary: tuple[Key, ...] = (),
    staying: tuple[Key, ...] = (),
    unpublished: tuple[Key, ...] = (),
    name: str = "f",
) -> Shown:
    family = Family(name, cells, unpublished=frozenset(unpublished))
    return Shown(
        family, counts or {}, {}, dict.fromkeys(former, "one"), frozenset(), {},
        frozenset(primary), frozenset(staying),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "count", "low", "high"),
    [
        (Cell(15, 15), 20, 11, 20),
        (Cell(20, 20), 20, 11, 20),
        (Cell(11, 11), 20, 11, 20),
        (Cell(0, 0), 0, 0, 0),
        (Cell(5000, 60), 5000, 4991, 5000),
    ],
)
def test_a_shown_cell_is_known_to_its_rounding(
    cell: Cell, count: int, low: float, high: float
) -> None:
    part = shown({KEY: cell}, {KEY: count})
    assert disclosure._alone(part, KEY, cell, BASE) == Known(cell.value, low, high)


def test_of_a_hidden_cell_nothing_is_known() -> None:
    cell = Cell(5, 5)
    hidden, silent = shown({KEY: cell}), shown({KEY: cell}, {KEY: 10}, unpublished=(KEY,))
    for part in (hidden, silent):
        assert disclosure._alone(part, KEY, cell, BASE) == Known(5, 0, math.inf)


@pytest.mark.parametrize(
    ("value", "count", "low", "high"),
    [(93, 100, 80, 110), (75, 100, 75, 110), (115, 100, 80, 115), (12, 10, 0, 20)],
)
def test_a_former_count_of_persons_is_near_the_exact_one(
    value: int, count: int, low: float, high: float
) -> None:
    cell = Cell(value, value)
    part = shown({KEY: cell}, {KEY: count}, former=(KEY,))
    assert disclosure._alone(part, KEY, cell, BASE) == Known(value, low, high)
    records = Cell(value, 50)
    part = shown({KEY: records}, {KEY: count}, former=(KEY,))
    assert disclosure._alone(part, KEY, records, BASE) == Known(value, 0, math.inf)


def test_width_that_a_hidden_cell_needs() -> None:
    """Half of its value, the minimum at least; unpublished cells need none."""
    cells = {("small",): Cell(3, 3), ("odd",): Cell(23, 5), ("silent",): Cell(90, 2)}
    part = shown(cells, primary=tuple(cells), unpublished=(("silent",),))
    assert disclosure._needed({"f": part}, [], 11) == {
        ("f", ("small",)): 11.0, ("f", ("odd",)): 12
    }  # fmt: skip


def test_what_stays_hidden_needs_the_minimum_where_nothing_else_is_hidden() -> None:
    cells = {("before",): Cell(500, 500)}
    part = shown(cells, primary=tuple(cells), staying=tuple(cells))
    assert disclosure._needed({"f": part}, [], 11) == {("f", ("before",)): 11.0}


def test_rows_of_a_check_are_judged_where_the_table_is_shown() -> None:
    """Only an equation of two cells hands the judgement on; a hidden table hands none on."""
    rows, check = ("rows", "death"), ("measureCompleteness_DEATH", "rows")
    cell = Cell(20, 20)
    dqd = shown({check: cell, ("x",): cell}, primary=(check, ("x",)), name="dqd")
    name: Name = ("dqd", check)
    equal = Relation(((1.0, name), (-1.0, ("tables", rows))), is_equal=True)
    for counts, expected in (({rows: 20}, {name}), ({}, set())):
        parts = {"dqd": dqd, "tables": shown({rows: cell}, counts, name="tables")}
        assert disclosure._judged_elsewhere([equal], parts) == expected
        needed = disclosure._needed(parts, [equal], 11)
        assert needed.keys() == {name, ("dqd", ("x",))} - expected
    parts = {"dqd": dqd, "tables": shown({rows: cell}, {rows: 20}, name="tables")}
    bound = Relation(equal.terms, is_equal=False)
    three = Relation((*equal.terms, (1.0, ("dqd", ("x",)))), is_equal=True)
    other = Relation(((1.0, ("births", KEY)), (-1.0, ("tables", rows))), is_equal=True)
    assert disclosure._judged_elsewhere([bound, three, other], parts) == set()


def chain() -> tuple[dict[str, Shown], list[Relation]]:
    """start - a(30) and b(20); b - c(5) and d(40); zero and hidden cells among them."""
    values = {"start": 4, "a": 30, "b": 20, "c": 5, "d": 40, "zero": 0, "hidden": 1, "silent": 2}
    cells: dict[Key, Cell] = {(name,): Cell(value, value) for name, value in values.items()}
    counts = {key: cell.value for key, cell in cells.items() if key[0] not in ("start", "hidden")}
    part = shown(cells, counts, unpublished=(("silent",),))
    lines = [("start", "a", "b", "zero", "hidden", "silent"), ("b", "c", "d")]
    tied = [
        Relation(tuple((1.0, ("f", (name,))) for name in names), is_equal=True) for names in lines
    ]
    return {"f": part}, tied


@pytest.mark.parametrize(
    ("count", "chosen"),
    [(1, "b"), (2, "ab"), (3, "abc"), (4, "abcd"), (5, "abcd")],
)
def test_the_nearest_cells_are_hidden_the_smallest_first(count: int, chosen: str) -> None:
    parts, tied = chain()
    bad: list[Name] = [("f", ("start",))]
    found = disclosure._further(bad, tied, parts, count)
    assert found == {("f", (name,)) for name in chosen}
    assert disclosure._further(bad, tied, parts) == {("f", ("b",))}


def test_rounds_hide_one_more_then_twice_as_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five rounds with one cell each, then 2, 4 and 8; all is looked at again after the last."""
    asked: list[int] = []
    answers = [True] * 8 + [False, True, False, False]
    monkeypatch.setattr(
        disclosure, "exposed",
        lambda *arguments: {("f", KEY): Interval(0, 1)} if answers.pop(0) else {},
    )  # fmt: skip
    monkeypatch.setattr(
        disclosure, "_further", lambda bad, tied, parts, count: asked.append(count) or set()
    )
    disclosure.control_together([Family("f", {KEY: Cell(5, 5)})], {}, Rule(11))
    assert asked == [1, 1, 1, 1, 1, 2, 4, 8, 32]
    assert answers == []


def test_only_what_was_exposed_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[set[Key]] = []

    def answer(tied: object, known: object, needed: dict[Name, float]) -> dict[Name, Interval]:
        seen.append({key for _, key in needed})
        return {("f", KEY): Interval(0, 1)} if len(seen) == 1 else {}

    monkeypatch.setattr(disclosure, "exposed", answer)
    monkeypatch.setattr(disclosure, "_further", lambda *arguments: set())
    cells = {KEY: Cell(5, 5), ("b",): Cell(6, 6)}
    disclosure.control_together([Family("f", cells)], {}, Rule(11))
    assert seen == [{KEY, ("b",)}, {KEY}, {KEY, ("b",)}]


def line(*names: str, total: str, is_equal: bool = True) -> Relation:
    terms = [(1.0, ("f", (name,))) for name in names]
    return Relation((*terms, (-1.0, ("f", (total,)))), is_equal)


def bounds_of(
    tied: list[Relation], known: dict[str, tuple[float, float, float]], target: str
) -> Interval:
    """What is possible for a cell: more width is asked than there can be."""
    asked: dict[Name, float] = {("f", (target,)): 1e6}
    cells: dict[Name, Known] = {("f", (name,)): Known(*one) for name, one in known.items()}
    return exposed(tied, cells, asked)["f", (target,)]


def test_a_cell_is_bounded_through_two_lines() -> None:
    """x + y = z and y + w = v: x is at most 200 - (30 - 9) and at least 191 - 30."""
    known = {
        "x": (170.0, 0.0, 1e12), "y": (25.0, 0.0, 1e12), "z": (195.0, 191.0, 200.0),
        "w": (4.0, 0.0, 9.0), "v": (29.0, 21.0, 30.0),
    }  # fmt: skip
    tied = [line("x", "y", total="z"), line("y", "w", total="v")]
    found = bounds_of(tied, known, "x")
    assert (found.low, found.high) == pytest.approx((161, 188))
    assert found.width == found.high - found.low


def test_an_inequality_bounds_from_one_side() -> None:
    known = {"x": (5.0, 0.0, 1e12), "y": (50.0, 41.0, 50.0)}
    assert bounds_of([line("x", total="y", is_equal=False)], known, "x") == Interval(0.0, 50.0)


def test_weights_count() -> None:
    """2 x + y = z: a person with two periods counts twice."""
    names: list[Name] = [("f", (name,)) for name in ("x", "y", "z")]
    weighted = Relation(((2.0, names[0]), (1.0, names[1]), (-1.0, names[2])), is_equal=True)
    known = {"x": (4.0, 0.0, 1e12), "y": (12.0, 0.0, 30.0), "z": (20.0, 20.0, 20.0)}
    found = bounds_of([weighted], known, "x")
    assert (found.low, found.high) == pytest.approx((0, 10))


@pytest.mark.parametrize("high", [LARGE, LARGE - 1])
def test_a_cell_that_no_relation_ties_is_free(high: float) -> None:
    """Nothing bounds it: it is not exposed. One with a known value would be, by itself."""
    known: dict[Name, Known] = {("f", KEY): Known(3, 0, high)}
    assert exposed([], known, {("f", KEY): 11.0}) == {}


def test_the_width_asked_for_is_enough() -> None:
    """9 wide where 9 is needed; where a thousandth more is needed, it is exposed."""
    known: dict[Name, Known] = {
        ("f", ("x",)): Known(3, 0, 1e12), ("f", ("z",)): Known(3, 0.0, 9.0)
    }  # fmt: skip
    tied = [line("x", total="z")]
    assert exposed(tied, known, {("f", ("x",)): 9.0}) == {}
    assert exposed(tied, known, {("f", ("x",)): 9.001}) == {("f", ("x",)): Interval(0.0, 9.0)}


def test_several_cells_of_one_line_are_each_wide_or_exposed() -> None:
    """x + y = 10, exactly: both can be anything from 0 to 10, which is not 11 wide."""
    known: dict[Name, Known] = {
        ("f", ("x",)): Known(4, 0, 1e12), ("f", ("y",)): Known(6, 0, 1e12),
        ("f", ("z",)): Known(10, 10, 10),
    }  # fmt: skip
    tied = [line("x", "y", total="z")]
    needed: dict[Name, float] = {("f", ("x",)): 10.0, ("f", ("y",)): 10.0}
    assert exposed(tied, known, needed) == {}
    too_much = dict.fromkeys(needed, 11.0)
    assert exposed(tied, known, too_much) == dict.fromkeys(needed, Interval(0.0, 10.0))
