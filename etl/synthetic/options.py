"""What a run of the generator was asked for; days are counted from 1970-01-01."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from etl.errors import SndsOmopError
from etl.synthetic.faults import Faults

FileFormat = Literal["csv", "csv.gz", "parquet"]
EPOCH = date(1970, 1, 1).toordinal()
FIRST_YEAR, LAST_YEAR = 2006, 2035
#: Persons of one block. Part of the definition of the data: changing it changes every file.
BLOCK = 2000


def day(year: int, month: int = 1, of_month: int = 1) -> int:
    """Days from 1970-01-01."""
    return date(year, month, of_month).toordinal() - EPOCH


@dataclass(frozen=True, slots=True)
class Options:
    """A run: same options, same bytes. ``faults``: doses of what is planted."""

    persons: int
    seed: int
    first_year: int
    last_year: int
    file_format: FileFormat = "csv"
    simplified: bool = False
    faults: Faults = field(default_factory=Faults, compare=False)

    @property
    def start(self) -> int:
        """First day of care."""
        return day(self.first_year)

    @property
    def end(self) -> int:
        """Last day of care."""
        return day(self.last_year, 12, 31)

    @property
    def flux_end(self) -> int:
        """Last flux day delivered: twelve months after the last day of care."""
        return day(self.last_year + 1, 12, 31)

    @property
    def years(self) -> range:
        return range(self.first_year, self.last_year + 1)

    @property
    def blocks(self) -> int:
        return max(1, -(-self.persons // BLOCK))

    def block_size(self, block: int) -> int:
        """Persons of one block; only the last may be smaller."""
        return min(BLOCK, self.persons - block * BLOCK)


def parse_years(text: str) -> tuple[int, int]:
    """``2018-2022`` or ``2020``.

    Raises:
        SndsOmopError: SO-120 when it is neither, or outside 2006-2035.
    """
    match = re.fullmatch(r"\s*(\d{4})\s*(?:-\s*(\d{4})\s*)?", text)
    if match:
        first = int(match[1])
        last = int(match[2] or first)
        if FIRST_YEAR <= first <= last <= LAST_YEAR:
            return first, last
    raise SndsOmopError(
        "SO-120",
        f"years must be YYYY or YYYY-YYYY within {FIRST_YEAR}-{LAST_YEAR}",
        f"les années s'écrivent AAAA ou AAAA-AAAA, de {FIRST_YEAR} à {LAST_YEAR}",
    )
