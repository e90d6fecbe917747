"""How far a distribution moved: the population stability index, with its measure stated."""

from __future__ import annotations

import math
from collections.abc import Mapping

MEASURE = "population stability index: sum of (b - a) × ln(b / a) over shares a and b ≥ 0.0001"
FLOOR = 1e-4
WATCH, SHIFT = 0.1, 0.25
"""Customary bounds: below 0.1 stable, below 0.25 to be watched, else shifted."""


def stability_index(before: Mapping[str, int], after: Mapping[str, int]) -> float | None:
    """PSI of two counted distributions; None when one of them is empty."""
    total_before, total_after = sum(before.values()), sum(after.values())
    if not total_before or not total_after:
        return None
    index = 0.0
    for category in sorted({*before, *after}):
        a = max(before.get(category, 0) / total_before, FLOOR)
        b = max(after.get(category, 0) / total_after, FLOOR)
        index += (b - a) * math.log(b / a)
    return round(index, 6)


def level(index: float | None) -> str:
    """``stable``, ``watch``, ``shift``, or ``not comparable``."""
    if index is None:
        return "not comparable"
    if index < WATCH:
        return "stable"
    return "watch" if index < SHIFT else "shift"
