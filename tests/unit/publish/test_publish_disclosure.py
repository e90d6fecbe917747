"""A reader of all files with linear programming: what one family hides, another gives back."""

from __future__ import annotations

import pytest
from scipy.optimize import linprog

from etl.errors import SndsOmopError
from etl.publish import disclosure
from etl.publish.bounds import Interval, Known, exposed
from etl.publish.cells import Cell, Family, Key, Rule
from etl.publish.control import Shown, control, remember
from etl.publish.disclosure import control_together
from etl.publish.relations import Name, Relation, relations

MINIMUM = 11
RULE = Rule(MINIMUM)
ROWS: Key = ("rows", "condition_era")
YEAR = "onboarding/records_by_year"


def year(number: int) -> Key:
    return ("condition_era", str(number), "records")


def pack(*, last: int = 4, splits: int = 1) -> list[Family]:
    """Rows of a table in one file, and the same rows by year in others, 4 of them in 2021."""
    years = {2018: 200, 2019: 140, 2020: 92, 2021: last}
    total = sum(years.values())
    families = [Family("tables", {ROWS: Cell(total, 60, 9, 8)})]
    for name in (YEAR, "onboarding/records_by_type")[:splits]:
        cells = {year(y): Cell(n, n if n < MINIMUM else 60, 2, 2) for y, n in years.items()}
        families.append(Family(name, cells))
    return families


def attack(shown: dict[str, Shown], target: Key) -> tuple[float, float]:
    """Bounds of a year from rows of the table and the other years, as a reader works them out."""
    keys = [year(y) for y in (2018, 2019, 2020, 2021)]
    bounds: list[tuple[float, float | None]] = []
    for name, key in [("tables", ROWS), *((YEAR, key) for key in keys)]:
        count = shown[name].counts.get(key)
        bounds.append((0, None) if count is None else (max(0, count - 9), count))
    place = 1 + keys.index(target)
    limits = []
    for sign in (1.0, -1.0):
        goal = [sign if number == place else 0.0 for number in range(5)]
        solved = linprog(goal, A_eq=[[-1.0, 1, 1, 1, 1]], b_eq=[0.0], bounds=bounds)
        limits.append(sign * solved.fun)
    return limits[0], limits[1]


def test_a_reader_of_two_files_bounds_a_year_without_the_audit() -> None:
    """436 rows are shown as 440; 200, 140 and 92 as 200, 140, 100: at most 440 - 191 - 131 - 91."""
    families = pack()
    alone = {family.name: control(family, {}, RULE) for family in families}
    assert year(2021) not in alone[YEAR].counts
    low, high = attack(alone, year(2021))
    assert (round(low), round(high)) == (0, 27)
    families = pack(last=3)
    alone = {family.name: control(family, {}, RULE) for family in families}
    assert attack(alone, year(2021))[1] < attack(alone, year(2021))[0] + 28


@pytest.mark.parametrize("last", range(1, 11))
@pytest.mark.parametrize("first", [191, 195, 199, 200])
def test_one_more_cell_is_hidden_when_a_year_is_bounded(first: int, last: int) -> None:
    """With one other year, the last one is what is left of the rows: at most 9 where sums meet."""
    keys = {year(2020): Cell(first, 60, 5, 4), year(2021): Cell(last, last)}
    families = [
        Family("tables", {ROWS: Cell(first + last, 60, 9, 8)}),
        Family(YEAR, keys),
    ]
    alone = {family.name: control(family, {}, RULE) for family in families}
    rows, other = alone["tables"].counts[ROWS], alone[YEAR].counts[year(2020)]
    is_bounded = rows - (other - 9) < MINIMUM
    assert is_bounded == (rows == other)
    together = control_together(families, {}, RULE)
    assert year(2021) not in together[YEAR].counts
    assert (year(2020) in together[YEAR].counts) is not is_bounded
    assert together["tables"].counts[ROWS] == rows, "the smaller cell is hidden, not the total"
    assert together[YEAR].report["complementary"] == int(is_bounded)


def test_what_is_safe_stays_shown() -> None:
    families = pack()
    together = control_together(families, {}, RULE)
    alone = {family.name: control(family, {}, RULE) for family in families}
    assert {n: p.counts for n, p in together.items()} == {n: p.counts for n, p in alone.items()}


def test_records_of_one_person_stay_wide() -> None:
    """500 records of one person: an interval of 18 around them would reveal them."""
    cells = {year(2020): Cell(700, 60, 9, 8), year(2021): Cell(500, 1, 500, 0)}
    families = [Family("tables", {ROWS: Cell(1200, 60, 509, 8)}), Family(YEAR, cells)]
    together = control_together(families, {}, RULE)
    assert together[YEAR].counts == {}


def test_an_earlier_pack_does_not_open_what_the_audit_hid() -> None:
    cells = {year(2020): Cell(195, 60, 5, 4), year(2021): Cell(4, 4)}
    families = [Family("tables", {ROWS: Cell(199, 60, 9, 8)}), Family(YEAR, cells)]
    first = control_together(families, {}, RULE, "one")
    memory = remember(first.values(), {}, "one")
    second = control_together(families, memory, RULE, "two")
    assert first[YEAR].counts == second[YEAR].counts == {}


def test_a_pack_that_cannot_be_protected_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {(YEAR, year(2021)): Interval(4, 4)}
    monkeypatch.setattr(disclosure, "exposed", lambda *arguments: found)
    with pytest.raises(SndsOmopError) as caught:
        control_together(pack(), {}, RULE)
    assert (caught.value.code, caught.value.exit_code) == ("SO-501", 5)


def test_relations_hold_on_the_exact_numbers_only() -> None:
    """Rows by year that miss some are an inequality; more than all rows are no relation."""
    families = pack()
    assert [one.is_equal for one in relations(families)] == [True]
    missing = Family("tables", {ROWS: Cell(9999, 60)})
    assert [one.is_equal for one in relations([missing, families[1]])] == [False]
    fewer = Family("tables", {ROWS: Cell(100, 60)})
    assert relations([fewer, families[1]]) == []


def test_periods_by_month_are_an_equation() -> None:
    """Observed in March = observed in February, less ends of February, plus starts of March."""
    counts: dict[Key, int] = {
        ("117", "202102"): 50, ("117", "202103"): 57, ("112", "202102"): 3, ("111", "202103"): 10
    }  # fmt: skip
    found = relations([Family.of_persons("population", counts)])
    assert [(one.is_equal, len(one.terms)) for one in found] == [(True, 4)]


def test_bounds_are_exact() -> None:
    """x + y = z: with z in 191..200 and x in 191..200, y is at most 9."""
    names: list[Name] = [("f", (name,)) for name in ("x", "y", "z")]
    one, two, three = names
    line = Relation(((1.0, one), (1.0, two), (-1.0, three)), is_equal=True)
    known = {one: Known(191, 191, 200), two: Known(3, 0, 1e12), three: Known(194, 191, 200)}
    assert exposed([line], known, {two: 9.0}) == {}
    assert exposed([line], known, {two: 9.5}) == {two: Interval(0.0, 9.0)}


@pytest.mark.parametrize(("records", "width"), [(5, 11.0), (80, 40.0), (5000, 250.0)])
def test_what_protected_others_before_needs_the_width_of_the_widest(
    records: int, width: float
) -> None:
    # a cell of 500 that an earlier pack hid for a small one: half of it would hide everything
    cells = {("small",): Cell(records, 5), ("large",): Cell(500, 500)}
    part = Shown(
        Family("f", cells), {}, {}, {}, frozenset(), {}, frozenset(cells), frozenset({("large",)})
    )
    assert disclosure._needed({"f": part}, [], 11)["f", ("large",)] == width
