"""An attacker with linear programming recovers no hidden count."""

from __future__ import annotations

import itertools
import random

import pytest

from etl.publish.protection import Sum, protect, round_up, rounding_base

MINIMUM = 11
BASE = rounding_base(MINIMUM)
Cell = tuple[int | None, int | None]


def table(seed: int, rows: int, columns: int) -> tuple[dict[Cell, int], list[Sum[Cell]]]:
    """A two-way table with margins and total; many cells are small."""
    chance = random.Random(seed)  # noqa: S311
    cells: dict[Cell, int] = {
        (row, column): int(chance.expovariate(1 / chance.choice([3, 12, 60])))
        for row in range(rows)
        for column in range(columns)
    }
    inner = dict(cells)
    for row in range(rows):
        cells[row, None] = sum(n for (r, _), n in inner.items() if r == row)
    for column in range(columns):
        cells[None, column] = sum(n for (_, c), n in inner.items() if c == column)
    cells[None, None] = sum(inner.values())
    sums: list[Sum[Cell]] = [
        Sum((row, None), tuple((row, c) for c in range(columns))) for row in range(rows)
    ]
    sums += [Sum((None, c), tuple((r, c) for r in range(rows))) for c in range(columns)]
    sums += [Sum((None, None), tuple((row, None) for row in range(rows)))]
    sums += [Sum((None, None), tuple((None, column) for column in range(columns)))]
    return cells, sums


def attack(
    keys: list[Cell], shown: dict[Cell, int], sums: list[Sum[Cell]], hidden: list[Cell]
) -> dict[Cell, tuple[int, int]]:
    """Tightest bounds on hidden cells: all equations, all roundings, all that is published of
    the method (shown counts were rounded up; hidden ones are at least 1)."""
    optimize = pytest.importorskip("scipy.optimize")
    index = {key: number for number, key in enumerate(keys)}
    bounds = [
        (0, 0)
        if shown.get(key) == 0
        else (shown[key] - BASE + 1, shown[key])
        if key in shown
        else (1, None)
        for key in keys
    ]
    matrix = [[0.0] * len(keys) for _ in sums]
    for line, equation in zip(matrix, sums, strict=True):
        line[index[equation.total]] = -1.0
        for part in equation.parts:
            line[index[part]] = 1.0
    found = {}
    for key in hidden:
        limits = []
        for sign in (1.0, -1.0):
            goal = [0.0] * len(keys)
            goal[index[key]] = sign
            solved = optimize.linprog(
                goal, A_eq=matrix, b_eq=[0.0] * len(sums), bounds=bounds, method="highs"
            )
            limits.append(sign * solved.fun if solved.status == 0 else sign * float("inf") * -1)
        low, high = limits
        found[key] = (round(low + 0.4999), round(min(high, 10**9) - 0.4999))
    return found


@pytest.mark.parametrize("seed", range(40))
def test_margins_give_nothing_back(seed: int) -> None:
    shape = random.Random(seed)  # noqa: S311
    counts, sums = table(seed, shape.randint(2, 7), shape.randint(2, 6))
    protected = protect(counts, sums, MINIMUM)
    hidden = [key for key in counts if key not in protected.shown]
    bounds = attack(list(counts), dict(protected.shown), sums, hidden)
    for key in hidden:
        low, high = bounds[key]
        assert low <= counts[key] <= high, "the attack itself must be right"
        assert high - low >= MINIMUM - 1, f"{key} is known within {low}..{high}"


@pytest.mark.parametrize("seed", range(40))
def test_exact_margins_would_give_nothing_back_either(seed: int) -> None:
    """Without rounding, no single equation has one unknown: complementary suppression works."""
    shape = random.Random(1000 + seed)  # noqa: S311
    counts, sums = table(seed, shape.randint(2, 7), shape.randint(2, 6))
    protected = protect(counts, sums, MINIMUM)
    for line in sums:
        unknown = [key for key in (line.total, *line.parts) if key not in protected.shown]
        assert len(unknown) != 1
        parts = [key for key in line.parts if key not in protected.shown]
        if line.total in protected.shown and parts:
            assert sum(counts[part] for part in parts) >= MINIMUM


def test_nothing_small_is_shown() -> None:
    for seed in range(30):
        counts, sums = table(seed, 5, 4)
        shown = protect(counts, sums, MINIMUM).shown
        assert not {*shown.values()} & {*range(1, MINIMUM)}
        assert all(value % BASE == 0 for value in shown.values())


def test_nothing_is_hidden_without_need() -> None:
    counts = {"total": 200, "a": 120, "b": 80}
    protected = protect(counts, [Sum("total", ("a", "b"))], MINIMUM)
    assert dict(protected.shown) == {"total": 200, "a": 120, "b": 80}
    assert not protected.primary and not protected.complementary


def test_one_small_part_takes_the_smallest_other_with_it() -> None:
    counts = {"total": 300, "a": 3, "b": 97, "c": 200}
    protected = protect(counts, [Sum("total", ("a", "b", "c"))], MINIMUM)
    assert protected.primary == {"a"}
    assert protected.complementary == {"b"}


def test_two_ones_are_not_safe_together() -> None:
    counts = {"total": 102, "a": 1, "b": 1, "c": 40, "d": 60}
    protected = protect(counts, [Sum("total", ("a", "b", "c", "d"))], MINIMUM)
    assert protected.complementary == {"c"}


def test_only_part_hides_the_total() -> None:
    protected = protect({"total": 4, "a": 4}, [Sum("total", ("a",))], MINIMUM)
    assert protected.shown == {}


@pytest.mark.parametrize(("count", "expected"), [(0, 0), (11, 20), (20, 20), (21, 30), (100, 100)])
def test_rounding(count: int, expected: int) -> None:
    assert round_up(count, BASE) == expected


def test_another_minimum() -> None:
    for minimum, seed in itertools.product((5, 21), range(5)):
        counts, sums = table(seed, 4, 4)
        shown = protect(counts, sums, minimum).shown
        assert not {*shown.values()} & {*range(1, minimum)}
