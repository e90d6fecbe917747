"""Achilles and WebAPI's record counts: every row and every value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import duckdb

from etl.release.results import compute
from tests.readers.case import Agreement, Case

TOLERANCE = 0.01
# The tools keep three decimals on one of the engines.
ROUNDING = 0.0005

Keyed = dict[tuple[str, ...], list[tuple[float | None, ...]]]


def number(text: Any) -> str:
    """A stratum: numbers are compared as numbers."""
    if text in (None, "", "NA"):
        return ""
    try:
        return f"{float(text):.12g}"
    except ValueError:
        return str(text)


def keyed(rows: Iterable[Sequence[Any]], strata: int) -> Keyed:
    """Values by key; a key may be there twice."""
    found: Keyed = defaultdict(list)
    for row in rows:
        values = tuple(None if v in (None, "", "NA") else float(v) for v in row[strata:])
        found[tuple(number(value) for value in row[:strata])].append(values)
    return {key: sorted(values, key=str) for key, values in found.items()}


def close(ours: list[tuple[float | None, ...]], theirs: list[tuple[float | None, ...]]) -> bool:
    """Counts exactly, moments to a hundredth."""
    return len(ours) == len(theirs) and all(
        len(x) == len(y)
        and all(
            (a is None) is (b is None)
            and (a is None or b is None or abs(a - b) <= (TOLERANCE + ROUNDING if i else 0))
            for i, (a, b) in enumerate(zip(x, y, strict=True))
        )
        for x, y in zip(ours, theirs, strict=True)
    )


def rows(subject: str, ours: Keyed, theirs: Keyed) -> Agreement:
    """Rows of either side that are not equal."""
    different = [
        f"{'/'.join(key).rstrip('/')}: ours {ours.get(key)}, expected {theirs.get(key)}"
        for key in sorted(ours.keys() | theirs.keys())
        if not close(ours.get(key, []), theirs.get(key, []))
    ]
    return Agreement(subject, len(ours.keys() | theirs.keys()), different)


def _of(found: Keyed, analysis: int) -> Keyed:
    return {key: values for key, values in found.items() if key[0] == str(analysis)}


def compare(case: Case, connection: duckdb.DuckDBPyConnection, catalog: str) -> list[Agreement]:
    """Characterise the case, and compare; analyses that differ by engine are left out."""
    compute(connection, catalog)
    listed = case.rows("achilles_analyses_run.csv")
    stable = {int(row[0]) for row in listed if row[-1] != "0"} - {0}
    found = []
    for table in ("achilles_results", "achilles_results_dist"):
        # Rows above two million are run times.
        mine = keyed(connection.execute(f"select * from results.{table}").fetchall(), 6)
        expected = keyed((r for r in case.rows(f"{table}.csv") if int(r[0]) < 2_000_000), 6)
        parts = {
            analysis: rows("", _of(mine, analysis), _of(expected, analysis))
            for analysis in sorted(stable)
        }
        parts = {analysis: part for analysis, part in parts.items() if part.compared}
        found += [
            Agreement(
                f"{table}: analyses",
                len(parts),
                [f"analysis {analysis}" for analysis, part in parts.items() if part.different],
            ),
            Agreement(
                f"{table}: rows",
                sum(part.compared for part in parts.values()),
                [text for part in parts.values() for text in part.different],
            ),
        ]
    skipped = sorted({int(row[0]) for row in listed} - stable - {0})
    found[-1].remark = f"(differ by engine: {', '.join(map(str, skipped))})" if skipped else ""
    if case.has("achilles_result_concept_count.csv"):
        counted = connection.execute(
            "select concept_id, record_count, descendant_record_count, person_count,"
            " descendant_person_count from results.achilles_result_concept_count"
        ).fetchall()
        expected = keyed(case.rows("achilles_result_concept_count.csv"), 1)
        found.append(rows("WebAPI record counts", keyed(counted, 1), expected))
    return found
