"""From numbers to places on a drawing; all of it is text that a template writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight line from values to pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        if self.high == self.low:
            return self.start
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 2)


def polyline(points: Sequence[tuple[float, float]]) -> str:
    """Points of a line, as SVG wants them."""
    return " ".join(f"{x:g},{y:g}" for x, y in points)


def area(upper: Sequence[tuple[float, float]], lower: Sequence[tuple[float, float]]) -> str:
    """Points of the surface between two lines."""
    return polyline([*upper, *reversed(lower)])


def ribbon(left: tuple[float, float, float], right: tuple[float, float, float]) -> str:
    """Path of a band from one side to the other; each side is (x, top, bottom)."""
    (x1, top1, bottom1), (x2, top2, bottom2) = left, right
    middle = (x1 + x2) / 2
    return (
        f"M{x1:g},{top1:g} C{middle:g},{top1:g} {middle:g},{top2:g} {x2:g},{top2:g}"
        f" L{x2:g},{bottom2:g} C{middle:g},{bottom2:g} {middle:g},{bottom1:g} {x1:g},{bottom1:g} Z"
    )


def round_top(value: float) -> float:
    """A round number at or above a value, for the top of an axis."""
    if value <= 0:
        return 1
    step = 10.0 ** (len(str(int(value))) - 1)
    for factor in (1, 2, 2.5, 5, 10):
        if value <= factor * step:
            return factor * step
    return 10 * step
