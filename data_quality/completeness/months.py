"""Months without rows inside a range that has some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from data_quality.completeness.model import Thresholds

NEIGHBOURS = 6
"""Months with rows that are looked at on either side of a month without any."""
NEAREST = 3
"""Those of them that must be as full: where rows become few month by month, a gap shows nothing."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive months, both ends included."""

    first: date
    last: date


def number_of(month: date) -> int:
    """Months since year 0: neighbours differ by one."""
    return month.year * 12 + month.month - 1


def month_of(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def stretches(numbers: Iterable[int]) -> list[Stretch]:
    """Months put together where they follow each other."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return [Stretch(month_of(first), month_of(last)) for first, last in runs]


def missing_months(counts: Mapping[date, int], limits: Thresholds) -> list[Stretch]:
    """Months between the first and the last one that hold nothing, or next to nothing.

    A month is compared with the months *with rows* nearest to it on either side, so that a long gap
    is not hidden by its neighbours. A side counts by its median: one month of eight stays among
    months of two shows nothing. The smaller of the two sides counts: the last months of flux, which
    bring late payments only, fall slowly and are no gap.
    """
    rows = {number_of(month): n for month, n in counts.items() if n}
    if not rows:
        return []
    filled = sorted(rows)
    missing = [
        number
        for number in range(filled[0] + 1, filled[-1])
        if _is_missing(number, rows, filled, limits)
    ]
    return stretches(missing)


def _is_missing(
    number: int, rows: Mapping[int, int], filled: Sequence[int], limits: Thresholds
) -> bool:
    here = rows.get(number, 0)
    before = [rows[one] for one in filled if one < number][-NEIGHBOURS:]
    after = [rows[one] for one in filled if one > number][:NEIGHBOURS]
    usual = min(median(side) for side in (before, before[-NEAREST:], after, after[:NEAREST]))
    if here == 0:
        return usual >= limits.month_rows
    return usual >= limits.month_percent_rows and here * 100 < usual * limits.month_percent


def without_details(
    lines: Mapping[date, int], details: Mapping[date, int], from_lines: int
) -> list[Stretch]:
    """Stretches of months whose lines imply ``from_lines`` details or more, and that have none.

    A month that implies none neither begins, nor ends, nor breaks a stretch.
    """
    found: list[Stretch] = []
    run: list[int] = []
    implied = 0
    for number in [*sorted(number_of(month) for month, n in lines.items() if n), -1]:
        if number >= 0 and not details.get(month_of(number), 0):
            run.append(number)
            implied += lines[month_of(number)]
            continue
        if run and implied >= from_lines:
            found.append(Stretch(month_of(run[0]), month_of(run[-1])))
        run, implied = [], 0
    return found
