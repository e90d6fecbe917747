"""Small counts never leave, and cannot be worked out from what does (DESIGN §11)."""

from __future__ import annotations

from collections.abc import Sequence


def masked(counts: Sequence[int], minimum: int) -> list[int | None]:
    """Counts with those from 1 to ``minimum - 1`` hidden as None; 0 may be told.

    When just one is hidden, the smallest of the others is hidden too: a total, or a share of
    it, would give the one away.
    """
    shown = [count if count == 0 or count >= minimum else None for count in counts]
    hidden = [place for place, count in enumerate(shown) if count is None]
    others = [(count, place) for place, count in enumerate(shown) if count]
    if len(hidden) == 1 and others:
        shown[min(others)[1]] = None
    return shown


def text(count: int | None, minimum: int) -> str:
    """A count for a file: the number, or ``<11``."""
    return f"<{minimum}" if count is None else str(count)
