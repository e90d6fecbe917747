"""Tables with one row a stay: a summary and the row that names its person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from data_quality.completeness.model import Shortfall, Thresholds

PAIRS = (
    ("T_MCOaaB", "T_MCOaaC"),
    ("T_SSRaaS", "T_SSRaaC"),
    ("T_HADaaS", "T_HADaaC"),
    ("T_RIPaaS", "T_RIPaaC"),
)
"""ATIH and CNAM make both from the same stay; neither is a selection of the other."""


def uneven_pairs(
    rows: Mapping[str, Mapping[int | None, int]], limits: Thresholds
) -> Iterator[Shortfall]:
    """Years in which one of two tables has far fewer stays than the other: it was cut.

    Args:
        rows: rows in the lake by table and year. A year without any row of one of the two is a
            table that is missing, and another finding.
    """
    for pair in PAIRS:
        first, second = (rows.get(table, {}) for table in pair)
        for year in sorted({*first} & {*second}, key=lambda year: year or 0):
            counts = {pair[0]: first[year], pair[1]: second[year]}
            short, whole = sorted(pair, key=lambda table: counts[table])
            fewer, more = counts[short], counts[whole]
            if not fewer or more - fewer < limits.rows_from:
                continue
            if fewer * 100 < more * limits.pair_percent:
                percent = round(100 * fewer / more, 1)
                yield Shortfall("sibling_short", short, year, whole, percent=percent)
