"""Small counts never leave, and cannot be worked out from what does (DESIGN §11)."""

from __future__ import annotations

from collections.abc import Sequence

HIDDEN = "hidden"


def masked(counts: Sequence[int], minimum: int) -> list[int | None]:
    """Counts with those from 1 to ``minimum - 1`` hidden as None; 0 may be shown.

    A total, or a share of it, gives away what is hidden together. So at least two are hidden, and
    their sum reaches the minimum: the smallest of the others are hidden with them until it does.
    """
    shown = [count if count == 0 or count >= minimum else None for count in counts]
    hidden = [count for count in counts if 0 < count < minimum]
    others = sorted((count, place) for place, count in enumerate(shown) if count)
    while hidden and others and (len(hidden) < 2 or sum(hidden) < minimum):
        count, place = others.pop(0)
        shown[place] = None
        hidden.append(count)
    return shown


def text(count: int | None) -> str:
    """A count for a file; what is hidden is written alike, small or not."""
    return HIDDEN if count is None else str(count)
