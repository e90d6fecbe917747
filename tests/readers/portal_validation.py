"""What the portal (EHDEN/NetworkDashboards) refuses, from its upload checks and views."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

NULLS = ("", "NA")
COLUMNS = 16
# Strata that the portal's views cast: analysis → positions of whole numbers.
MONTHS = {110, 111, 117, 220, 420, 502, 620, 720, 820, 920, 1020, 1820, 2120}
CONCEPTS = {200, 201, *(b + o for b in (400, 600, 700, 800, 900, 1800, 2100) for o in (1, 5, 30))}
CASTS: dict[int, tuple[int, ...]] = {
    101: (1,),
    102: (1, 2),
    108: (1,),
    206: (1, 2),
    **dict.fromkeys(MONTHS, (1,)),
    **dict.fromkeys(CONCEPTS, (1,)),
}
DISTRIBUTIONS = {103, 105, 106, 107, 203, 206, 403, 603, 703, 803, 1803}
WHOLE = re.compile(r"-?\d+")


def refusals(lines: Sequence[Sequence[str]]) -> list[str]:
    """Reasons to refuse a file, given as its lines; none when it is accepted."""
    header, *rows = lines
    found = []
    if len(header) not in (7, COLUMNS):
        found.append(f"the first line has {len(header)} fields")
    for number, row in enumerate(rows, start=2):
        found += [f"line {number}: {reason}" for reason in _of_row(row, len(header))]
    ids = Counter(row[0] for row in rows if row)
    if ids["0"] != 1:
        found.append(f"{ids['0']} rows of analysis 0, one is needed")
    if ids["5000"] > 1:
        found.append(f"{ids['5000']} rows of analysis 5000, at most one is accepted")
    for row in rows:
        if row and row[0] in ("0", "5000") and any(len(part) > 50 for part in row[1:6]):
            found.append(f"a text of analysis {row[0]} is longer than 50 characters")
    return found


def _of_row(row: Sequence[str], width: int) -> list[str]:
    if len(row) != width:
        return [f"{len(row)} fields"]
    found = []
    for name, value in (("analysis_id", row[0]), ("count_value", row[6])):
        if not WHOLE.fullmatch(value):
            found.append(f"{name} is no whole number")
    for value in row[7:]:
        if value not in NULLS and not _is_number(value):
            found.append("a moment is no number")
    if found:
        return found
    analysis = int(row[0])
    for position in CASTS.get(analysis, ()):
        if row[position] not in NULLS and not WHOLE.fullmatch(row[position]):
            found.append(f"stratum_{position} of {analysis} is no whole number")
    if analysis in MONTHS and not re.fullmatch(r"\d{4}(0[1-9]|1[0-2])", row[1]):
        found.append(f"stratum_1 of {analysis} is no month")
    # A deviation of one value is null.
    if analysis in DISTRIBUTIONS and width == COLUMNS:
        moments = [value for place, value in enumerate(row[7:]) if place != 3]
        if any(value in NULLS for value in moments):
            found.append(f"{analysis} has no distribution")
    return found


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
