"""Disclosure control of one family: hide, round, and keep last time's value where need be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from etl.publish.families import Family, Key
from etl.publish.memory import Memory, Remembered, held, must_stay_hidden
from etl.publish.protection import protect


@dataclass(frozen=True, slots=True)
class Shown:
    """A family after disclosure control."""

    family: Family
    counts: Mapping[Key, int]
    report: Mapping[str, int]
    """Numbers of counts: shown, primary, complementary, held."""


def control(family: Family, memory: Memory, minimum: int) -> Shown:
    """What may be shown of a family, next to what was shown last time.

    Args:
        memory: the last share; empty at the first.
        minimum: smallest count that may be shown.
    """
    staying = set(must_stay_hidden(family.name, family.counts, memory, minimum))
    protected = protect(family.counts, family.sums, minimum, family.small | staying)
    counts: dict[Key, int] = {}
    kept = 0
    for key, shown in protected.shown.items():
        known = memory.get((family.name, key))
        if held(family.counts[key], shown, known, minimum) and known and known.shown is not None:
            counts[key] = known.shown
            kept += 1
        else:
            counts[key] = shown
    report = {
        "shown": len(counts) - len(family.unpublished & counts.keys()),
        "primary": len(protected.primary),
        "complementary": len(protected.complementary),
        "held": kept,
    }
    return Shown(family, counts, report)


def remember(shown: Iterable[Shown], memory: Memory) -> Memory:
    """Exact values next to what was shown; a held value keeps the exact value it came from."""
    remembered = dict(memory)
    for part in shown:
        for key, exact in part.family.counts.items():
            name = (part.family.name, key)
            value = part.counts.get(key)
            known = memory.get(name)
            if known is not None and known.shown == value:
                continue
            remembered[name] = Remembered(exact, value)
    return remembered
