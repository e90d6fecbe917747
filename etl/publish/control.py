"""Disclosure control of one family: hide, round, and keep a former value where need be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from etl.publish.cells import Family, Key, Rule
from etl.publish.memory import Memory, Remembered, former
from etl.publish.protection import protect


@dataclass(frozen=True, slots=True)
class Shown:
    """A family after disclosure control."""

    family: Family
    counts: Mapping[Key, int]
    derived: Mapping[Key, tuple[str, ...]]
    """Moments and quantiles of the cells that are shown."""
    former: Mapping[Key, str]
    """Cells shown with a former value → the release that it belongs to."""
    repeated: frozenset[Key]
    """Cells shown or hidden as an earlier pack did: nothing to remember."""
    report: Mapping[str, int]
    """Numbers of cells: shown, primary, complementary, held."""
    primary: frozenset[Key] = frozenset()
    """Hidden for themselves, or as they were hidden before."""
    staying: frozenset[Key] = frozenset()
    """Of these, hidden before for the sake of others only."""


def control(
    family: Family,
    memory: Memory,
    rule: Rule,
    release: str = "",
    withheld: frozenset[Key] = frozenset(),
) -> Shown:
    """What may be shown of a family, given all that was shown before.

    Args:
        memory: earlier packs; empty at the first.
        release: id of the release that is shared.
        withheld: cells to hide for the sake of hidden cells of any family.
    """
    known = {
        key: entry
        for key, cell in family.cells.items()
        if (entry := former(memory, family.name, key, cell, rule.minimum)) is not None
    }
    kept = {key for key, entry in known.items() if entry.shown is not None}
    alone = {key for key, cell in family.cells.items() if rule.hides(cell)} | family.small
    # What was hidden and has hardly moved stays hidden; zero was never hidden for itself.
    staying = {key for key in known.keys() - kept if known[key].value or family.cells[key].value}
    protected = protect(
        family.counts,
        family.sums,
        rule.minimum,
        (alone - kept) | staying,
        {key: cell.behind for key, cell in family.cells.items()},
        kept,
    )
    counts: dict[Key, int] = {}
    derived: dict[Key, tuple[str, ...]] = {}
    for key, shown in protected.shown.items():
        if key in withheld:
            continue
        entry = known.get(key)
        value = shown if entry is None or entry.shown is None else entry.shown
        if value == 0 and not family.shows_zero:
            continue
        counts[key] = value
        derived[key] = family.cells[key].derived if entry is None else entry.derived
    held = {
        key: known[key].release for key in counts if key in known and known[key].release != release
    }
    repeated = frozenset(key for key, entry in known.items() if entry.shown == counts.get(key))
    silent = family.unpublished
    empty = {key for key in protected.shown if key not in counts and not protected.shown[key]}
    report = {
        "shown": len(counts.keys() - silent),
        "primary": len(protected.primary - silent),
        "complementary": len(
            family.cells.keys() - counts.keys() - protected.primary - silent - empty
        ),
        "held": len(held.keys() - silent),
    }
    return Shown(
        family, counts, derived, held, repeated, report, protected.primary,
        frozenset(staying - alone),
    )  # fmt: skip


def as_shown(family: Family, memory: Memory) -> Shown:
    """A family of which every cell is shown as it is: a table of the user's own."""
    repeated = {
        key
        for key, cell in family.cells.items()
        if any(entry.value == cell.value for entry in memory.get((family.name, key), ()))
    }
    return Shown(family, family.counts, {}, {}, frozenset(repeated), {})


def remember(shown: Iterable[Shown], memory: Memory, release: str = "") -> Memory:
    """The memory with what is new: a former value that is shown again makes no entry."""
    remembered = dict(memory)
    for part in shown:
        for key, cell in part.family.cells.items():
            name = (part.family.name, key)
            value = part.counts.get(key)
            if key not in part.repeated:
                derived = part.derived.get(key, ())
                entry = Remembered(release, cell.value, cell.persons, value, derived)
                remembered[name] = (*remembered.get(name, ()), entry)
    return remembered
