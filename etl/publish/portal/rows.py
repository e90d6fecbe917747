"""Rows of a portal file, in one form: analysis, five strata, a count and nine moments."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from etl.release.achilles.tables import MOMENTS, STRATA

HEADER = ("analysis_id", *STRATA, "count_value", *(f"{name}_value" for name in MOMENTS))
NULL = "NA"
MOMENT_COUNT = len(MOMENTS)


@dataclass(frozen=True, slots=True)
class Row:
    """One figure; ``moments`` is empty for a plain count."""

    analysis: int
    strata: tuple[str | None, ...]
    count: int
    moments: tuple[float | None, ...] = ()

    def cells(self) -> list[str]:
        """The sixteen cells of the file."""
        strata = [*self.strata, *[None] * (len(STRATA) - len(self.strata))]
        moments = [*self.moments] or [None] * MOMENT_COUNT
        return [
            str(self.analysis),
            *(NULL if part in (None, "") else str(part) for part in strata),
            str(self.count),
            *(NULL if value is None else plain(value) for value in moments),
        ]


def plain(value: float) -> str:
    """A number without exponent; whole ones without point."""
    if float(value).is_integer():
        return str(int(value))
    text = repr(float(value))
    return text if "e" not in text else f"{value:.12f}".rstrip("0")


def round_up(count: int, base: int) -> int:
    """The next multiple of a base."""
    return -(-count // base) * base


def write_rows(path: Path, rows: Iterable[Row]) -> int:
    """Write the file: comma, UTF-8, no blank last line. Returns the number of rows."""
    ordered = sorted(rows, key=lambda row: (row.analysis, [part or "" for part in row.strata]))
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(row.cells() for row in ordered)
    return len(ordered)
