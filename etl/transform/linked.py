"""External ids and the persons they lead to, after a build: for the zone only."""

from __future__ import annotations

import duckdb
import polars as pl

from etl.loaders.linkage import LINKED, external_number, read_kept
from etl.workspace import Workspace

_MATCHED = {
    "crosswalk": pl.String,
    "external_number": pl.Int32,
    "person_id": pl.Int64,
    "index_date": pl.Date,
    "reason": pl.String,
}


def write_linked(workspace: Workspace) -> None:
    """Write ``state/linkage.parquet``: crosswalk, external id, person_id, index date, reason."""
    path = workspace.state / LINKED
    kept = read_kept(workspace)
    if kept.is_empty():
        path.unlink(missing_ok=True)
        return
    external = kept.select(
        "crosswalk", "external_id", external_number().alias("external_number")
    ).unique(maintain_order=True)
    with duckdb.connect(str(workspace.candidate), read_only=True) as connection:
        rows = connection.execute(
            "select crosswalk_name, external_number, person_id, index_date, reason "
            "from intermediate.int_crosswalk__matched order by all"
        ).fetchall()
    found = pl.DataFrame(rows, schema=_MATCHED, orient="row")
    draft = path.with_suffix(".draft")
    external.join(found, on=["crosswalk", "external_number"], how="left").drop(
        "external_number"
    ).write_parquet(draft)
    draft.chmod(0o600)
    draft.replace(path)


def outcomes(workspace: Workspace) -> list[tuple[str, str, int]]:
    """Crosswalk, outcome and number of external ids, of the last build; empty without any."""
    path = workspace.state / LINKED
    if not path.is_file():
        return []
    counted = (
        pl.read_parquet(path, glob=False)
        .with_columns(pl.col("reason").fill_null("matched"))
        .group_by("crosswalk", "reason")
        .len()
        .sort("crosswalk", "reason")
    )
    return [(str(name), str(reason), int(n)) for name, reason, n in counted.iter_rows()]
