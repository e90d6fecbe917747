"""What is characterised: ids and names of OHDSI Achilles 1.7.2 (Apache-2.0), SQL of ours.

``analyses.csv`` lists all 294 analyses; those with ``is_default`` are computed. ``domains.csv``
has what every table of events is asked, ``sets.csv`` what one table is asked in addition,
``population.sql`` one query each; ``crossed`` looks at several tables.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ACHILLES_VERSION = "1.7.2"
"""The version whose results our tables hold."""

_FOLDER = Path(__file__).resolve().parent
_HEADER = re.compile(r"^-- (?P<id>\d+) \| (?P<form>counts|distribution)$", re.MULTILINE)

# Offsets in the block of a domain: 3 and 6 are distributions.
PERSONS, RECORDS, MONTHS, CONCEPTS, YEARS, KINDS, AGES = 0, 1, 2, 3, 4, 5, 6
SEXES_BY_YEAR, RECORDS_BY_MONTH, PERSONS_BY_YEAR, SOURCES, TOTAL, AT_LEAST = 12, 20, 21, 25, 30, 91


@dataclass(frozen=True, slots=True)
class Analysis:
    """One id with its names, as ``achilles_analysis`` lists it."""

    id: int
    name: str
    category: str
    strata: tuple[str, ...]
    is_default: bool


@dataclass(frozen=True, slots=True)
class Query:
    """One analysis with a query of its own."""

    id: int
    is_distribution: bool
    sql: str


@dataclass(frozen=True, slots=True)
class Domain:
    """A table of events; ``offsets`` are the analyses of its block that Achilles knows."""

    block: int
    table: str
    concept: str
    start: str
    end: str
    source: str
    type: str
    offsets: frozenset[int]


@dataclass(frozen=True, slots=True)
class Set:
    """Records in observation by some columns; with ``value``, their distribution."""

    id: int
    table: str
    strata: tuple[str, ...]
    value: str
    keep: str


def _rows(name: str) -> list[dict[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@cache
def analyses() -> tuple[Analysis, ...]:
    """Every analysis that Achilles knows, by id."""
    return tuple(
        Analysis(
            id=int(row["analysis_id"]),
            name=row["name"],
            category=row["category"],
            strata=tuple(row[f"stratum_{n}"] for n in range(1, 6) if row[f"stratum_{n}"]),
            is_default=row["is_default"] == "1",
        )
        for row in _rows("analyses.csv")
    )


@cache
def domains() -> tuple[Domain, ...]:
    """Tables of events."""
    return tuple(
        Domain(
            block=int(row["block"]),
            table=row["table"],
            concept=row["concept"],
            start=row["start"],
            end=row["end"],
            source=row["source"],
            type=row["type"],
            offsets=frozenset(int(offset) for offset in row["offsets"].split()),
        )
        for row in _rows("domains.csv")
    )


# Words of sets.csv: a measurement with its bounds, and where it lies between them.
_RANGED = (
    "value_as_number is not null and unit_concept_id is not null"
    " and range_low is not null and range_high is not null"
)
_POSITION = (
    "case when value_as_number < range_low then 'Below Range Low'"
    " when value_as_number <= range_high then 'Within Range'"
    " when value_as_number > range_high then 'Above Range High' else 'Other' end"
)


@cache
def sets() -> tuple[Set, ...]:
    """What one table of events is asked in addition to what all are asked."""
    return tuple(
        Set(
            id=int(row["analysis_id"]),
            table=row["table"],
            strata=tuple(part.replace("{position}", _POSITION) for part in row["strata"].split()),
            value=row["value"] or "",
            keep=(row["keep"] or "").replace("{ranged}", _RANGED),
        )
        for row in _rows("sets.csv")
    )


@cache
def population() -> tuple[Query, ...]:
    """The queries of ``population.sql``."""
    text = (_FOLDER / "population.sql").read_text(encoding="utf-8")
    headers = list(_HEADER.finditer(text))
    ends = [header.start() for header in headers[1:]] + [len(text)]
    return tuple(
        Query(int(h["id"]), h["form"] == "distribution", text[h.end() : end].strip())
        for h, end in zip(headers, ends, strict=True)
    )
