"""Small cells: suppressed, protected by others, and what stays is rounded up.

1. A count from 1 to the minimum less one is suppressed (primary).
2. Where a sum is published with its parts, or can be had from other sums, more parts are
   suppressed, the smallest first, until no equation gives a hidden count back (complementary).
3. What stays is rounded up to a multiple of the minimum less one. No published count then lies
   between 1 and the minimum less one, and no exact equation is left to solve.

Minimum 11 is the practice of French secure access (CASD, ANSM); OHDSI's own default, 5, is weaker.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Sum(Generic[Key]):
    """An equation a reader can write: ``total`` is the sum of ``parts``."""

    total: Key
    parts: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Protected(Generic[Key]):
    """What may be shown: key → rounded count; and how many were hidden, and why."""

    shown: Mapping[Key, int]
    primary: frozenset[Key]
    complementary: frozenset[Key]


def protect(
    counts: Mapping[Key, int],
    sums: Iterable[Sum[Key]],
    minimum: int,
    also_small: Iterable[Key] = (),
    persons: Mapping[Key, int] | None = None,
    kept: Iterable[Key] = (),
) -> Protected[Key]:
    """Hide and round counts.

    Args:
        counts: every count of one family, zeros included or not.
        sums: the equations among them; keys without a count are taken as zero.
        minimum: smallest count that may be shown (``privacy.minimum_count``).
        also_small: keys to hide for another reason, such as few persons behind many records.
        persons: distinct persons behind each count, where the count is not theirs.
        kept: keys that are not hidden for themselves: what is shown of them is a former value.
    """
    people = counts if persons is None else persons
    small = {key for key, count in counts.items() if 0 < min(count, people[key]) < minimum}
    primary = frozenset(small.difference(kept).union(also_small))
    hidden = set(primary)
    equations = [_Equation(counts, people, line) for line in sums]
    by_key: dict[Key, list[_Equation[Key]]] = {}
    for equation in equations:
        for key in equation.keys:
            by_key.setdefault(key, []).append(equation)
    waiting = [equation for equation in equations if hidden.intersection(equation.keys)]
    while waiting:
        equation = waiting.pop()
        while (taken := equation.next_to_hide(hidden, minimum)) is not None:
            hidden.add(taken)
            waiting += [other for other in by_key[taken] if other is not equation]
    base = rounding_base(minimum)
    shown = {key: round_up(count, base) for key, count in counts.items() if key not in hidden}
    return Protected(shown, primary, frozenset(hidden - primary))


def rounding_base(minimum: int) -> int:
    """Counts are published as multiples of this: the largest count that is never shown."""
    return max(1, minimum - 1)


def round_up(count: int, base: int) -> int:
    return -(-count // base) * base


class _Equation(Generic[Key]):
    """One sum, with its parts that count for something, the smallest first."""

    def __init__(
        self, counts: Mapping[Key, int], people: Mapping[Key, int], line: Sum[Key]
    ) -> None:
        self.counts = counts
        self.people = people
        self.total = line.total
        parts = [part for part in line.parts if counts.get(part, 0) > 0]
        self.parts: Sequence[Key] = sorted(parts, key=lambda part: counts[part])
        self.keys = [self.total, *self.parts]

    def next_to_hide(self, hidden: set[Key], minimum: int) -> Key | None:
        """A further key to hide so that this equation gives nothing back, or None."""
        parts = [part for part in self.parts if part in hidden]
        total_hidden = self.total in hidden or self.total not in self.counts
        if total_hidden:
            # Unknown total, unknown part: safe together. Total alone: the parts add up to it.
            if parts or self.total not in self.counts:
                return None
            return self._smallest_open(hidden)
        if not parts:
            return None
        # The hidden parts' sum is known: it must not be small, and not be one part's value.
        least = min(
            sum(self.counts[part] for part in parts), sum(self.people[part] for part in parts)
        )
        if len(parts) >= 2 and least >= minimum:
            return None
        return self._smallest_open(hidden) or self.total

    def _smallest_open(self, hidden: set[Key]) -> Key | None:
        return next((part for part in self.parts if part not in hidden), None)
