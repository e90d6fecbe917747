"""Distributions for the share pack: no extremes, tails only where many stand behind them."""

# ruff: noqa: S608 - SQL is made of names of our own catalogue.

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import duckdb

from etl.publish.families import Family, Key
from etl.publish.protection import Sum

MOMENTS = (
    *("count_value", "min_value", "max_value", "avg_value", "stdev_value", "median_value"),
    *("p10_value", "p25_value", "p75_value", "p90_value"),
)
# Distributions that disclosure control knows: one group per concept at most. Others stay inside.
_SHOWN = "103, 104, 105, 203, 213, 403, 603, 703, 803, 903, 1003, 1303, 1313, 1803"

_MIDDLE = {"avg_value", "stdev_value", "median_value", "p25_value", "p75_value"}
_TAILS = {"p10_value", "p90_value"}


def distribution_family(connection: duckdb.DuckDBPyConnection, results: str) -> Family:
    """The numbers of subjects behind each distribution; 104 splits 103 by gender."""
    found = connection.execute(
        f"select analysis_id, stratum_1, count_value from {results}.achilles_results_dist"
        f" where analysis_id in ({_SHOWN})"
    ).fetchall()
    counts: dict[Key, int] = {}
    parts: dict[str, list[Key]] = defaultdict(list)
    for analysis, stratum, count in found:
        key: Key = (str(analysis), stratum) if stratum is not None else (str(analysis),)
        counts[key] = count
        parts[str(analysis)].append(key)
    by_gender: Sum[Key] = Sum(("103",), tuple(parts["104"]))
    return Family("distributions", counts, (by_gender,) if by_gender.parts else ())


def distribution_rows(
    connection: duckdb.DuckDBPyConnection,
    results: str,
    shown: Mapping[Key, int],
    minimum: int,
) -> tuple[tuple[str, ...], list[list[Any]]]:
    """Column names and rows.

    Minimum and maximum are one subject's value each: never shown. The middle is shown from 4
    times the minimum, the tails from 10 times; values keep 3 significant digits, so that two
    releases cannot be subtracted from each other.
    """
    columns = ", ".join(MOMENTS[1:])
    found = connection.execute(
        f"select analysis_id, stratum_1, {columns} "
        f"from {results}.achilles_results_dist where analysis_id in ({_SHOWN}) order by 1, 2"
    ).fetchall()
    rows = []
    for analysis, stratum, *values in found:
        key: Key = (str(analysis), stratum) if stratum is not None else (str(analysis),)
        count = shown.get(key)
        if count is None:
            continue
        visible = set()
        if count >= 4 * minimum:
            visible |= _MIDDLE
        if count >= 10 * minimum:
            visible |= _TAILS
        known = dict(zip(MOMENTS[1:], values, strict=True))
        moments = [_short(known[name]) if name in visible else "" for name in MOMENTS[1:]]
        rows.append([analysis, stratum or "", "", "", "", "", count, *moments])
    return MOMENTS, rows


def _short(value: float | None) -> str:
    if value is None:
        return ""
    short = float(f"{value:.3g}")
    return f"{short:.0f}" if short.is_integer() else str(short)
