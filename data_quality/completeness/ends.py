"""Flux that stops before the end of its year, where the hospitals of that year go on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from statistics import median

from data_quality.completeness.model import Shortfall, Thresholds
from data_quality.completeness.months import NEIGHBOURS


def stops_early(
    table: str, lines: Mapping[date, int], exits: Mapping[date, int], limits: Thresholds
) -> Iterator[Shortfall]:
    """Months after the last flux of a year in which patients still leave hospitals.

    The file of a year holds its twelve months of flux, and the hospitals' file comes months after
    the year's end: claims that stop before it were cut. A study that wants them so declares it.

    Args:
        table: the table of the lines.
        lines: its rows by flux month.
        exits: stays by month of exit.
    """
    months = sorted(month for month, n in lines.items() if n)
    if not months:
        return
    last = months[-1]
    after = {m: n for m, n in exits.items() if m > last and m.year == last.year}
    usual = median(lines[month] for month in months[-NEIGHBOURS:])
    if usual >= limits.month_rows and sum(after.values()) >= limits.rows_from:
        first = date(last.year, last.month + 1, 1)
        yield Shortfall("flux_stops", table, first_month=first, last_month=max(after))
