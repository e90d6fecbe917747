"""How long each analysis took: a file alongside the database, for a time is not content."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

TIMINGS_FILE = "achilles-performance.csv"


def write_timings(path: Path, timings: Mapping[int, float]) -> None:
    """One line per analysis: id, seconds."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["analysis_id", "elapsed_seconds"])
        writer.writerows([analysis, f"{timings[analysis]:.3f}"] for analysis in sorted(timings))


def read_timings(path: Path) -> dict[int, float]:
    """Analysis → seconds; empty for a release that has no such file."""
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as handle:
        return {
            int(row["analysis_id"]): float(row["elapsed_seconds"]) for row in csv.DictReader(handle)
        }
