"""The formats that network portals read, made from counts that may leave.

CatalogueExport (EHDEN) and DashboardExport (DARWIN EU) each write one CSV with the columns of
achilles_results and achilles_results_dist side by side. Both round counts up to the next hundred;
DashboardExport leaves counts by month at the next ten, which is how they come to us.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from etl.publish.distributions import MOMENTS
from etl.publish.portal import catalogue, dashboard
from etl.publish.protection import round_up
from etl.publish.writers import write_table
from etl.release.achilles import domains
from etl.release.manifest import Identity

CATALOGUE_FILE = "catalogue_results.csv"
DASHBOARD_FILE = "dashboard_export.csv"
HUNDRED = 100
MONTHLY = (110, 111, 112, 117, 502, 1411)

_ANY_COUNT = 9999
"""The portal wants a number there, and reads none."""

_HEAD = ["analysis_id", *(f"stratum_{number}" for number in range(1, 6)), *MOMENTS]
_IDENTITY_ANALYSIS = 5000
"""Source name, release dates, CDM and vocabulary versions: an id of both exporters."""


def write_exports(
    folder: Path,
    counts: Iterable[Sequence[Any]],
    distributions: Iterable[Sequence[Any]],
    identity: Identity,
) -> None:
    """Write both files.

    Args:
        counts: rows of achilles_results that may be shown.
        distributions: rows of achilles_results_dist that may be shown.
        identity: what the manifest of the release states.
    """
    blank = [""] * (len(MOMENTS) - 1)
    listed = list(counts)
    rows = [[*row, *blank] for row in listed if str(row[0]) != "0"]
    persons = next((row[6] for row in listed if str(row[0]) == "0"), None)
    rows += [list(row) for row in distributions]
    rows.sort(key=lambda row: (int(row[0]), *map(str, row[1:6])))
    months = {*MONTHLY, *(domain.block + 20 for domain in domains())}
    day = identity.cdm_release_date.replace("-", "")
    about = [
        _IDENTITY_ANALYSIS,
        identity.source_name,
        identity.source_release_date,
        identity.cdm_release_date,
        identity.cdm_version,
        identity.vocabulary_version,
        _ANY_COUNT,
        *blank,
    ]
    for name, version, fine in (
        (CATALOGUE_FILE, catalogue.VERSION, set[int]()),
        (DASHBOARD_FILE, dashboard.VERSION, months),
    ):
        listed_rows: list[Sequence[Any]] = []
        if persons is not None:
            # The portal refuses a file without exactly one row of analysis 0.
            first = [0, identity.source_abbreviation, version, day, "", "", persons]
            listed_rows.append([*first, *blank])
        for row in rows:
            count = int(row[6]) if int(row[0]) in fine else round_up(int(row[6]), HUNDRED)
            listed_rows.append([*row[:6], count, *row[7:]])
        write_table(folder / name, _HEAD, [*listed_rows, about])
