"""The manifest as Parquet, for SQL: ``lake/manifest/{files,blocks,quarantine,values}.parquet``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import polars as pl

from etl.ids import BLOCK
from etl.loaders.manifest import Delivery
from etl.workspace import Workspace

_FILES = {
    "source_table": pl.String(),
    "source_year": pl.Int32(),
    "file_number": pl.Int32(),
    "file_name": pl.String(),
    "sha256": pl.String(),
    "rows_read": pl.Int64(),
    "rows_staged": pl.Int64(),
    "rows_quarantined": pl.Int64(),
    "rows_withdrawn": pl.Int64(),
    "first_row_id": pl.Int64(),
    "last_row_id": pl.Int64(),
    "delivery": pl.Int32(),
    "fate": pl.String(),
    "fate_code": pl.String(),
    "flux_month": pl.String(),
    "part": pl.String(),
    "form": pl.String(),
    "n_bytes": pl.Int64(),
    "n_lines": pl.Int64(),
    "n_header_lines": pl.Int64(),
    "n_blank_lines": pl.Int64(),
    "n_continuation_lines": pl.Int64(),
}
_BLOCKS: dict[str, pl.DataType] = {
    "block": pl.Int64(),
    "file_number": pl.Int32(),
    "first_row_id": pl.Int64(),
}
_QUARANTINE = {
    "source_table": pl.String(),
    "source_year": pl.Int32(),
    "reason": pl.String(),
    "n_rows": pl.Int64(),
}
_VALUES = {
    "source_table": pl.String(),
    "source_year": pl.Int32(),
    "column_name": pl.String(),
    "n_unparsed": pl.Int64(),
    "n_missing": pl.Int64(),
    "n_rounded": pl.Int64(),
}


def write_summary(workspace: Workspace, delivery: Delivery) -> None:
    """Write the four tables; they always exist, with no row when there is nothing to report."""
    roots = [file.root for file in delivery.files] + [other.root for other in delivery.others]
    deliveries = {root: rank for rank, root in enumerate(dict.fromkeys(roots), start=1)}
    files: list[tuple[Any, ...]] = [
        (
            file.table,
            file.year,
            file.number,
            file.name,
            file.sha256,
            file.rows_read,
            file.rows_staged,
            file.rows_quarantined,
            file.withdrawn,
            file.first_row_id,
            file.first_row_id + file.room - 1,
            deliveries[file.root],
            "loaded",
            "",
            file.month,
            file.part,
            file.form,
            file.size,
            file.lines.physical,
            file.lines.header,
            file.lines.blank,
            file.lines.continuation,
        )
        for file in delivery.files
    ]
    empty = dict.fromkeys(_FILES)
    files += [
        tuple(
            (
                empty
                | dict.fromkeys(("rows_read", "rows_staged", "rows_quarantined", "n_lines"), 0)
                | {"rows_withdrawn": 0}
                | dict.fromkeys(("n_header_lines", "n_blank_lines", "n_continuation_lines"), 0)
                | {
                    "source_table": other.table,
                    "source_year": other.year,
                    "file_name": other.name,
                    "delivery": deliveries[other.root],
                    "fate": other.fate,
                    "fate_code": other.code,
                    "n_bytes": other.size,
                    "part": "",
                    "form": "",
                }
            ).values()
        )
        for other in delivery.others
    ]
    _write(workspace, "files", files, _FILES)
    blocks = [
        (block, file.number, file.first_row_id)
        for file in delivery.files
        for block in range(file.first_row_id // BLOCK, (file.first_row_id + file.room) // BLOCK)
    ]
    _write(workspace, "blocks", blocks, _BLOCKS)
    _write(workspace, "quarantine", _summed(delivery, "rejected"), _QUARANTINE)
    counted = [dict(_totals(delivery, name)) for name in ("unparsed", "missing", "rounded")]
    keys = dict.fromkeys(key for totals in counted for key in totals)
    values = [(*key, *(totals.get(key, 0) for totals in counted)) for key in keys]
    _write(workspace, "values", values, _VALUES)


def _summed(delivery: Delivery, attribute: str) -> list[tuple[Any, ...]]:
    """Counts by table, year and reason, files added up."""
    return [(*key, count) for key, count in _totals(delivery, attribute).items()]


def _totals(delivery: Delivery, attribute: str) -> Counter[tuple[str, int | None, str]]:
    """Counts by table, year and reason (or column), files added up."""
    totals: Counter[tuple[str, int | None, str]] = Counter()
    for file in delivery.files:
        counts: dict[str, int] = getattr(file, attribute)
        for key, count in counts.items():
            totals[(file.table, file.year, key)] += count
    return totals


def _write(
    workspace: Workspace,
    name: str,
    rows: Iterable[tuple[Any, ...]],
    schema: dict[str, pl.DataType],
) -> None:
    folder = workspace.lake / "manifest"
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{name}.tmp"
    pl.DataFrame(list(rows), schema=pl.Schema(schema), orient="row").write_parquet(draft)
    draft.replace(folder / f"{name}.parquet")
