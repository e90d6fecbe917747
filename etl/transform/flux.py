"""How many lines of DCIR are joined at a time: all, those of a flux year or of a flux month.

The nine keys hold the flux month, so that months know nothing of one another. Statistics of the
lake's Parquet files show which months there are, and whether reading one means reading them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import duckdb

from etl.contracts.registry import contracts
from etl.settings import Settings
from etl.workspace import Workspace, pattern

Size = Literal["one", "year", "month"]
# Below this many lines a batch costs more than it spares (docs/adr/0014).
LINES_OF_ONE_BATCH = 20_000_000
# A row group that belongs to several batches is read by each of them: no more than twice.
LARGEST_REREADING = 2.0
# Flux months begin in 2006. A month out of this span is a typing error: its lines belong to the
# first or to the last batch, and no batch is made for the void between.
FIRST, LAST = date(2000, 1, 1), date(2098, 12, 31)
MOST_BATCHES = 240
TABLES = ("ER_PRS_F", "NS_PRS_F")


@dataclass(frozen=True, slots=True)
class FluxBatches:
    """Size of a batch, and the flux months of the lake: the first, and the one after the last."""

    size: Size = "one"
    start: date | None = None
    until: date | None = None

    def variables(self) -> dict[str, str]:
        """The ``vars`` of ``dbt_project.yml``."""
        if self.size == "one" or not (self.start and self.until):
            return {}
        return {
            "flux_batch": self.size,
            "flux_from": str(self.start),
            "flux_until": str(self.until),
        }

    def options(self) -> list[str]:
        """Options of dbt: the span that is cut into batches."""
        if not self.variables():
            return []
        return ["--event-time-start", str(self.start), "--event-time-end", str(self.until)]


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Flux months and number of rows of a row group of the lake."""

    first: date
    last: date
    rows: int


def flux_batches(workspace: Workspace, settings: Settings) -> FluxBatches:
    """The batches that a build is made in; ``engine.batch`` may set their size."""
    asked = settings.engine.batch
    return FluxBatches() if asked == "one" else choose(row_groups(workspace), asked)


def choose(groups: list[RowGroup], asked: Literal["auto", "month", "year"]) -> FluxBatches:
    """Months or years between the first and the last plausible flux month."""
    days = [day for group in groups for day in (group.first, group.last) if FIRST <= day <= LAST]
    if not days or (asked == "auto" and sum(group.rows for group in groups) < LINES_OF_ONE_BATCH):
        return FluxBatches()
    start, last = min(days).replace(day=1), max(days)
    until = date(last.year + last.month // 12, last.month % 12 + 1, 1)
    sizes: list[Size] = [asked] if asked != "auto" else ["month", "year"]
    for size in sizes:
        if asked == "auto" and rereading(groups, size) > LARGEST_REREADING:
            continue
        if size == "month" and _rank(last, size) - _rank(start, size) >= MOST_BATCHES:
            size = "year"
        return FluxBatches(size, start, until)
    return FluxBatches()


def rereading(groups: list[RowGroup], size: Size) -> float:
    """How often a row is read, on average, when each batch reads the row groups it needs."""
    read = sum(
        group.rows * (1 + min(_rank(group.last, size) - _rank(group.first, size), MOST_BATCHES))
        for group in groups
    )
    return read / max(1, sum(group.rows for group in groups))


def _rank(day: date, size: Size) -> int:
    return day.year if size == "year" else 12 * day.year + day.month


def row_groups(workspace: Workspace) -> list[RowGroup]:
    """The statistics of the Parquet files on ``FLX_DIS_DTD``."""
    found: list[RowGroup] = []
    for table in TABLES:
        contract = contracts()[table]
        folder = workspace.lake / contract.product / contract.model_name
        if not any(folder.glob("f*/*.parquet")):
            continue
        with duckdb.connect() as connection:
            rows = connection.execute(
                "select try_cast(stats_min_value as date), try_cast(stats_max_value as date), "
                "row_group_num_rows from parquet_metadata(?) "
                "where path_in_schema = 'FLX_DIS_DTD' and row_group_num_rows > 0",
                [pattern(folder, "f*", "*.parquet")],
            ).fetchall()
        found += [RowGroup(first, last, count) for first, last, count in rows if first and last]
    return found
