"""Two shared releases, subtracted from each other, give nothing back."""

from __future__ import annotations

import random
from typing import Any

import pytest

from etl.publish.cells import Family, Key, Rule
from etl.publish.control import Shown, control, remember
from etl.publish.memory import Memory
from etl.publish.protection import Sum

MINIMUM = 11
RULE = Rule(MINIMUM)
NARROWEST = 5
"""A hidden count is safe when many values remain possible, not just two."""


def family(cells: dict[tuple[int, int], int]) -> Family:
    """A two-way table with margins."""
    rows = sorted({row for row, _ in cells})
    columns = sorted({column for _, column in cells})
    counts: dict[Key, int] = {("cell", str(r), str(c)): n for (r, c), n in cells.items()}
    sums: list[Sum[Key]] = []
    for r in rows:
        counts["row", str(r)] = sum(cells[r, c] for c in columns)
        sums.append(Sum(("row", str(r)), tuple(("cell", str(r), str(c)) for c in columns)))
    for c in columns:
        counts["column", str(c)] = sum(cells[r, c] for r in rows)
        sums.append(Sum(("column", str(c)), tuple(("cell", str(r), str(c)) for r in rows)))
    counts["all",] = sum(cells.values())
    sums.append(Sum(("all",), tuple(("row", str(r)) for r in rows)))
    return Family.of_persons("table", counts, tuple(sums))


def grown(seed: int) -> tuple[Family, Family]:
    """The same table a little later: most cells gain a few persons, some many, some lose."""
    chance = random.Random(seed)  # noqa: S311
    shape = (chance.randint(2, 5), chance.randint(2, 4))
    old = {
        (row, column): int(chance.expovariate(1 / chance.choice([4, 15, 60])))
        for row in range(shape[0])
        for column in range(shape[1])
    }
    new = {
        key: max(0, count + chance.choice([-2, 0, 0, 1, 2, 3, 5, 9, 12, 40]))
        for key, count in old.items()
    }
    return family(old), family(new)


def shared_twice(seed: int) -> tuple[Family, Shown, Family, Shown]:
    first, second = grown(seed)
    memory: Memory = {}
    one = control(first, memory, RULE)
    memory = remember([one], memory)
    two = control(second, memory, RULE)
    return first, one, second, two


@pytest.mark.parametrize("seed", range(60))
def test_differences_of_published_counts_are_never_small(seed: int) -> None:
    _, one, _, two = shared_twice(seed)
    for key, count in two.counts.items():
        if key in one.counts:
            assert count == one.counts[key] or abs(count - one.counts[key]) >= MINIMUM


@pytest.mark.parametrize("seed", range(30))
def test_linear_programming_over_both_releases_recovers_nothing(seed: int) -> None:
    """The attacker knows the method, both packs and every equation; 0 is as absent as hidden."""
    optimize = pytest.importorskip("scipy.optimize")
    first, one, second, two = shared_twice(seed)
    index: dict[tuple[int, Key], int] = {}
    bounds: list[tuple[float, float | None]] = []
    for release, (part, shown) in enumerate(((first, one), (second, two))):
        for key in part.counts:
            index[release, key] = len(bounds)
            bounds.append(interval(shown.counts.get(key), held=release == 1))
    matrix, right = [], []
    for release, part in enumerate((first, second)):
        for equation in part.sums:
            line = [0.0] * len(bounds)
            line[index[release, equation.total]] = -1.0
            for key in equation.parts:
                line[index[release, key]] = 1.0
            matrix.append(line)
            right.append(0.0)

    def limits(goal: list[float]) -> tuple[float, float]:
        solved: list[Any] = [
            optimize.linprog(
                [sign * weight for weight in goal], A_eq=matrix, b_eq=right, bounds=bounds
            )
            for sign in (1, -1)
        ]
        low = solved[0].fun if solved[0].status == 0 else float("-inf")
        high = -solved[1].fun if solved[1].status == 0 else float("inf")
        return low, high

    for release, (part, shown) in enumerate(((first, one), (second, two))):
        for key, count in part.counts.items():
            if count and key not in shown.counts:
                goal = [0.0] * len(bounds)
                goal[index[release, key]] = 1.0
                low, high = limits(goal)
                assert low - 1e-6 <= count <= high + 1e-6
                assert high - low >= NARROWEST
    for key, count in second.counts.items():
        moved = count - first.counts[key]
        if 0 < abs(moved) < MINIMUM:
            goal = [0.0] * len(bounds)
            goal[index[1, key]], goal[index[0, key]] = 1.0, -1.0
            low, high = limits(goal)
            assert low - 1e-6 <= moved <= high + 1e-6
            assert high - low >= NARROWEST


def interval(shown: int | None, *, held: bool) -> tuple[float, float | None]:
    """The range that a published value leaves; a second pack may hold the first's values."""
    base = MINIMUM - 1
    if shown is None:
        return 0, None
    slack = base if held else 0
    return max(0, shown - base + 1 - slack), shown + slack


def test_sharing_the_same_release_twice_gives_the_same_pack() -> None:
    first, _ = grown(3)
    one = control(first, {}, RULE)
    two = control(first, remember([one], {}), RULE)
    assert one.counts == two.counts


def test_many_small_steps_do_not_drift_away() -> None:
    """A held value is compared with the count it came from, not with last time's."""
    memory: Memory = {}
    for persons in range(100, 200, 4):
        part = control(Family.of_persons("x", {("n",): persons}), memory, RULE)
        memory = remember([part], memory)
        assert abs(part.counts["n",] - persons) < 2 * MINIMUM


def test_hidden_count_that_grows_a_little_stays_hidden() -> None:
    memory = remember([control(Family.of_persons("x", {("n",): 9}), {}, RULE)], {})
    later = control(Family.of_persons("x", {("n",): 12}), memory, RULE)
    assert ("n",) not in later.counts
    memory = remember([later], memory)
    assert control(Family.of_persons("x", {("n",): 21}), memory, RULE).counts == {("n",): 30}
