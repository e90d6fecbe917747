"""Distributions for the share pack: no extremes, tails only where many stand behind them."""

# ruff: noqa: S608 - SQL is made of names of our own catalogue.

from __future__ import annotations

from collections import defaultdict
from typing import Any

import duckdb

from etl.publish.cells import Cell, Family, Key, Rule
from etl.publish.control import Shown
from etl.publish.margins import domain_margins
from etl.publish.protection import Sum
from etl.publish.spread import supported
from etl.release.achilles import RECORDS, domains

MOMENTS = (
    *("count_value", "min_value", "max_value", "avg_value", "stdev_value", "median_value"),
    *("p10_value", "p25_value", "p75_value", "p90_value"),
)
# Distributions that disclosure control knows: one group per concept at most. Others stay inside.
_SHOWN = "103, 104, 105, 203, 213, 403, 603, 703, 803, 903, 1003, 1303, 1313, 1803"

_MIDDLE = {"avg_value", "stdev_value", "median_value", "p25_value", "p75_value"}
_TAILS = {"p10_value", "p90_value"}


# Durations count records, by concept; every other distribution counts persons.
_OF_RECORDS = {213: "visit_occurrence", 1313: "visit_detail"}


def distribution_family(
    connection: duckdb.DuckDBPyConnection, results: str, cdm: str, rule: Rule
) -> Family:
    """The numbers of subjects of each distribution, with its moments; 104 splits 103 by gender.

    Minimum and maximum are one subject's value each: never shown. The middle is shown from 4
    times the minimum of persons, the tails from 10 times, and both where enough persons differ
    (``spread``); values keep 3 significant digits.
    """
    minimum = rule.minimum
    carried = supported(connection, results, cdm, rule)
    columns = ", ".join(MOMENTS[1:])
    found = connection.execute(
        f"select analysis_id, stratum_1, count_value, {columns} "
        f"from {results}.achilles_results_dist where analysis_id in ({_SHOWN}) order by 1, 2"
    ).fetchall()
    margins = {
        domain.table: domain_margins(connection, cdm, domain)[domain.block + RECORDS]
        for domain in domains()
        if domain.table in _OF_RECORDS.values()
    }
    cells: dict[Key, Cell] = {}
    parts: dict[str, list[Key]] = defaultdict(list)
    for analysis, stratum, count, *values in found:
        key: Key = (str(analysis), stratum) if stratum is not None else (str(analysis),)
        cell = Cell(count, count)
        if analysis in _OF_RECORDS:
            behind = margins[_OF_RECORDS[analysis]].get((stratum or "",), Cell(1, 1))
            cell = Cell(count, behind.persons, behind.largest, behind.second)
        visible: set[str] = set()
        if cell.behind >= 4 * minimum:
            visible |= _MIDDLE
        if cell.behind >= 10 * minimum:
            visible |= _TAILS
        visible &= carried.get(key, frozenset())
        known = dict(zip(MOMENTS[1:], values, strict=True))
        moments = tuple(_short(known[name]) if name in visible else "" for name in MOMENTS[1:])
        cells[key] = Cell(count, cell.persons, cell.largest, cell.second, moments)
        parts[str(analysis)].append(key)
    by_gender: Sum[Key] = Sum(("103",), tuple(parts["104"]))
    return Family("distributions", cells, (by_gender,) if by_gender.parts else ())


def distribution_rows(shown: Shown) -> list[list[Any]]:
    """Rows of achilles_results_dist that may be shown."""
    blank = ("",) * (len(MOMENTS) - 1)
    return [
        [int(key[0]), key[1] if len(key) > 1 else "", "", "", "", "", count,
         *(shown.derived[key] or blank)]
        for key, count in sorted(shown.counts.items(), key=lambda one: (int(one[0][0]), one[0][1:]))
    ]  # fmt: skip


def _short(value: float | None) -> str:
    if value is None:
        return ""
    short = float(f"{value:.3g}")
    return f"{short:.0f}" if short.is_integer() else str(short)
