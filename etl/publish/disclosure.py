"""Disclosure control of all families together, with an audit by linear programming.

Each family is controlled by itself first. Then a reader of all files is played: for every cell
that is hidden for itself, how far can the relations of all files bound it? Where the interval is
too narrow, more cells of its relations are hidden, until the audit finds none.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from etl.errors import SndsOmopError
from etl.publish.bounds import Known, exposed
from etl.publish.cells import Cell, Family, Key, Rule
from etl.publish.control import Shown, control
from etl.publish.memory import Memory
from etl.publish.protection import rounding_base
from etl.publish.relations import Name, Relation, relations

_SHARE = 0.5
"""A hidden count of records must stay possible over at least this share of its value."""
_MOST_ROUNDS = 60
_SINGLE_ROUNDS = 4
"""Rounds that hide one more cell for each exposed one; each later round hides twice as many. A
chain of months, each the one before it and what changed, would else be hidden month by month."""
_RECORDS_ONLY = ("dqd", "mapping")
"""Families that bound persons from below."""


def control_together(
    families: Iterable[Family], memory: Memory, rule: Rule, release: str = ""
) -> dict[str, Shown]:
    """What may be shown of all families.

    Raises:
        SndsOmopError: SO-501 when a hidden cell cannot be protected.
    """
    listed = list(families)
    tied = relations(listed)
    withheld: dict[str, set[Key]] = defaultdict(set)
    shown = {family.name: control(family, memory, rule, release) for family in listed}
    to_audit: set[Name] | None = None
    for turn in range(_MOST_ROUNDS):
        known, needed = _known(shown, rule.minimum), _needed(shown, tied, rule.minimum)
        if to_audit is not None:
            needed = {name: width for name, width in needed.items() if name in to_audit}
        bad = exposed(tied, known, needed)
        if not bad:
            if to_audit is None:
                return shown
            # What was hidden last may have made nothing worse: all cells are looked at once more.
            to_audit = None
            continue
        count = 2 ** max(0, turn - _SINGLE_ROUNDS)
        for name, key in _further(bad, tied, shown, count):
            withheld[name].add(key)
        for name in withheld:
            shown[name] = control(
                shown[name].family, memory, rule, release, frozenset(withheld[name])
            )
        to_audit = set(bad)
    raise SndsOmopError(
        "SO-501",
        "hidden counts could be computed from the shown ones",
        "des effectifs cachés pourraient être calculés",
    )


def _known(shown: Mapping[str, Shown], minimum: int) -> dict[Name, Known]:
    """What a reader knows of every cell without relations: roundings, former values, hidden."""
    base = rounding_base(minimum)
    known: dict[Name, Known] = {}
    for name, part in shown.items():
        for key, cell in part.family.cells.items():
            known[name, key] = _alone(part, key, cell, base)
    return known


def _alone(part: Shown, key: Key, cell: Cell, base: int) -> Known:
    value = float(cell.value)
    count = part.counts.get(key)
    if key in part.family.unpublished:
        return Known(value, 0.0, math.inf)
    if count is None:
        # A row that is absent is hidden or zero: a reader does not know which keys have persons.
        return Known(value, 0.0, math.inf)
    if key in part.former:
        # A former value: the exact one is near it in persons, anywhere in records.
        if cell.persons == cell.value:
            return Known(
                value, max(0.0, min(value, count - 2.0 * base)), max(value, count + 1.0 * base)
            )
        return Known(value, 0.0, math.inf)
    return Known(value, min(value, max(0.0, count - base + 1.0)), max(value, float(count)))


def _needed(
    shown: Mapping[str, Shown], tied: Sequence[Relation], minimum: int
) -> dict[Name, float]:
    """Hidden cells to protect, and how wide the interval must stay.

    A cell that an earlier pack hid for the sake of others stays hidden, or it would give them back:
    it needs no more than the widest of them. Half of its own value, which may be large, would hide
    whole families in each pack that follows a withdrawal.
    """
    elsewhere = _judged_elsewhere(tied, shown)
    needed: dict[Name, float] = {}
    for name, part in shown.items():
        widths = {
            key: max(float(minimum), math.ceil(_SHARE * part.family.cells[key].value))
            for key in part.primary
        }
        widest = max((widths[key] for key in part.primary - part.staying), default=float(minimum))
        for key, width in widths.items():
            if key not in part.family.unpublished and (name, key) not in elsewhere:
                needed[name, key] = min(width, widest) if key in part.staying else width
    return needed


def _judged_elsewhere(tied: Sequence[Relation], shown: Mapping[str, Shown]) -> set[Name]:
    """Cells of records only that are a table's rows: the table's cell knows its persons."""
    return {
        name
        for one in tied
        if one.is_equal and len(one.terms) == 2
        for _, name in one.terms
        for _, other in one.terms
        if name[0] in _RECORDS_ONLY and other[0] == "tables" and other[1] in shown["tables"].counts
    }


def _further(
    bad: Iterable[Name], tied: Sequence[Relation], shown: Mapping[str, Shown], count: int = 1
) -> set[Name]:
    """For each exposed cell `count` shown cells, the nearest by relations and then the smallest."""
    by_name: dict[Name, list[Relation]] = defaultdict(list)
    for one in tied:
        for _, name in one.terms:
            by_name[name].append(one)

    def is_open(name: Name) -> bool:
        part = shown[name[0]]
        return (
            name[1] in part.counts
            and name[1] not in part.family.unpublished
            and part.family.cells[name[1]].value > 0
        )

    chosen: set[Name] = set()
    for start in bad:
        seen, ring, wanted = {start}, {start}, count
        while ring and wanted:
            around = {
                name for one in ring for line in by_name[one] for _, name in line.terms
            } - seen
            candidates = sorted(
                (shown[name[0]].family.cells[name[1]].value, name)
                for name in around
                if is_open(name)
            )
            nearest = [name for _, name in candidates[:wanted]]
            chosen.update(nearest)
            wanted -= len(nearest)
            seen |= around
            ring = around
    return chosen
