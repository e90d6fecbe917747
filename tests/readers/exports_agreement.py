"""The files of CatalogueExport and DashboardExport: every row, and what the portal accepts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import duckdb

from etl.publish.portal.catalogue import TIMES, catalogue_rows
from etl.publish.portal.dashboard import dashboard_rows
from etl.publish.portal.rows import HEADER, Row
from tests.readers.achilles_agreement import keyed, rows
from tests.readers.case import Agreement, Case
from tests.readers.portal_validation import refusals

Producer = Callable[[duckdb.DuckDBPyConnection, str, date, int], list[Row]]
FILES: dict[str, Producer] = {
    "catalogue_results": catalogue_rows,
    "dashboard_export": dashboard_rows,
}
# The day of the run is in its row; Achilles' day is not ours.
DATED = {"0"}


def compare(case: Case, connection: duckdb.DuckDBPyConnection, catalog: str) -> list[Agreement]:
    """Compare the files that the case has; results of Achilles must be there already."""
    found = []
    by_engine = {row[0] for row in case.rows("achilles_analyses_run.csv") if row[-1] == "0"}
    for name, produce in FILES.items():
        if not case.has(f"{name}.csv"):
            continue
        made = [row.cells() for row in produce(connection, catalog, date(2026, 11, 30), 0)]
        expected = case.rows(f"{name}.csv")
        ids = ({row[0] for row in made}, {row[0] for row in expected})
        found.append(Agreement(f"{name}: analyses", len(ids[0] | ids[1]), sorted(ids[0] ^ ids[1])))
        skipped = DATED | by_engine
        ours, theirs = (
            keyed((r for r in listed if r[0] not in skipped and int(r[0]) < TIMES), 6)
            for listed in (made, expected)
        )
        found.append(rows(f"{name}: rows", ours, theirs))
        refused = refusals([list(HEADER), *made])
        found.append(Agreement(f"{name}: accepted by the portal", 1, refused))
    return found
