"""Rows of excluded persons leave the lake and the quarantine, those of later deliveries too.

A file whose ``screened`` mark is not that of the list (:class:`Withdrawn`) is screened before
anything is built from it. The rows to remove are written to ``state/screening.parquet`` and the
manifest that follows to ``state/screening.json``, the point of no return: the next command that
writes completes it, and each step may be done twice.
"""

# ruff: noqa: S608 - SQL is made of names of our own contracts.

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import duckdb
import polars as pl
from pydantic import BaseModel, ConfigDict

from etl.contracts.models import Contract
from etl.contracts.registry import contracts
from etl.loaders.bearers import TUPLE, Bearers, key_columns, of_persons, parts, relation
from etl.loaders.kinship import dependants
from etl.loaders.lake import COMPRESSION_LEVEL, quarantine_file, table_dir
from etl.loaders.manifest import Delivery, StagedFile
from etl.loaders.summary import write_summary
from etl.loaders.withdrawn import (
    Withdrawn,
    read_withdrawn,
    secret_of,
    write_withdrawn,
)
from etl.sql_text import literal
from etl.workspace import Workspace

IDS, FOLLOWING = "screening.parquet", "screening.json"
# On rows of other persons, these columns may name an excluded one.
LINKS = {"ASS_NIR_ANO": "number", "CTO_IDT_ANO": "number", "NIR_ANO_MAM": "psa"}
_IDS = {
    "source_table": pl.String,
    "_row_id": pl.Int64,
    "name": pl.String,
    "is_rejected": pl.Boolean,
}
_WORD = r"[^;,\t|\"'' ]+"


class Screened(BaseModel):
    """What one screening removed."""

    model_config = ConfigDict(frozen=True)

    rows: int = 0
    quarantined: int = 0
    links: int = 0
    keys: int = 0
    """Keys of excluded persons that were not known before."""
    tables: Mapping[str, int] = {}


def screen(workspace: Workspace, lake: Workspace | None = None) -> Screened:
    """Remove the rows of excluded persons from files that were not screened for them yet.

    Args:
        workspace: with the list of excluded persons.
        lake: the workspace whose files are screened; default: the same one.
    """
    lake = lake or workspace
    finish(lake)
    withdrawn = read_withdrawn(workspace)
    delivery = Delivery.load(lake.manifest)
    if all(file.screened == withdrawn.mark for file in delivery.files):
        return Screened()
    if not withdrawn.persons:
        _mark(lake, delivery, withdrawn)
        return Screened()
    bearers = Bearers(workspace, lake, secret_of(workspace))
    try:
        bearers.hold(withdrawn)
        bearers.spread()
        extended = bearers.persons(withdrawn)
        if extended is not withdrawn:
            write_withdrawn(workspace, extended)
        return _remove(lake, delivery, extended, bearers, withdrawn)
    finally:
        bearers.close()


def _mark(lake: Workspace, delivery: Delivery, withdrawn: Withdrawn) -> None:
    files = tuple(file.model_copy(update={"screened": withdrawn.mark}) for file in delivery.files)
    delivery.model_copy(update={"files": files}).save(lake.manifest)


def _remove(
    lake: Workspace,
    delivery: Delivery,
    withdrawn: Withdrawn,
    bearers: Bearers,
    before: Withdrawn,
) -> Screened:
    """Find the rows, note them, then take them out."""
    connection = bearers.connection
    connection.execute("create temp table gone (source_table varchar, _row_id bigint)")
    connection.execute(
        "create temp table link (source_table varchar, _row_id bigint, name varchar)"
    )
    connection.execute(
        f"create temp table out as select distinct {', '.join(TUPLE)} "
        "from who inner join taken using (n)"
    )
    for contract in of_persons():
        equal = " and ".join(
            f"{sql} is not distinct from out.{key}" for key, sql in key_columns(contract).items()
        )
        connection.execute(
            f"insert into gone select '{contract.table}', _row_id "
            f"from {relation(lake, contract)} as own where exists (select 1 from out where {equal})"
        )
    dependants(connection, lake)
    for contract in contracts().values():
        _find_links(connection, lake, contract)
    _find_rejected(connection, lake, delivery)
    connection.execute(
        "copy (select source_table, _row_id, cast(null as varchar) as name, false as is_rejected "
        "from gone union all select source_table, _row_id, name, false from link "
        "union all select source_table, _row_id, reason, true from rejected) "
        f"to {literal(lake.state / IDS)} (format parquet)"
    )
    ids = pl.read_parquet(lake.state / IDS, glob=False)
    following = _following(delivery, withdrawn, ids)
    following.save(lake.state / FOLLOWING)
    finish(lake)
    removed = ids.filter(~pl.col("is_rejected") & pl.col("name").is_null())
    counted = removed.group_by("source_table").len().sort("source_table")
    return Screened(
        rows=removed.height,
        quarantined=ids["is_rejected"].sum(),
        links=ids.filter(~pl.col("is_rejected") & pl.col("name").is_not_null()).height,
        keys=len(withdrawn.digests - before.digests),
        tables=dict(counted.iter_rows()),
    )


def _find_links(connection: duckdb.DuckDBPyConnection, lake: Workspace, contract: Contract) -> None:
    names = {column.name for column in contract.kept}
    for name, kind in LINKS.items():
        if name not in names:
            continue
        bare = f"regexp_replace({name}, 'U$', '')" if name == "CTO_IDT_ANO" else name
        hashes = [f"keyed('{kind}', {bare})"]
        hashes += [f"keyed('right', {name})"] if name == "CTO_IDT_ANO" else []
        known = " or ".join(f"{one} in (select digest from held)" for one in hashes)
        connection.execute(
            f"insert into link select '{contract.table}', own._row_id, '{name}' "
            f"from {relation(lake, contract)} as own "
            f"where {name} in (select {name} from (select distinct {name} "
            f"from {relation(lake, contract)} where {name} is not null) where {known}) "
            "and not exists (select 1 from gone "
            f"where source_table = '{contract.table}' and gone._row_id = own._row_id)"
        )


def _find_rejected(
    connection: duckdb.DuckDBPyConnection, lake: Workspace, delivery: Delivery
) -> None:
    """Rows in quarantine of which a word is a key of an excluded person."""
    connection.execute(
        "create temp table rejected (source_table varchar, _row_id bigint, reason varchar)"
    )
    for file in delivery.files:
        path = quarantine_file(lake, contracts()[file.table], file.number)
        if path.is_file():
            connection.execute(
                f"insert into rejected select distinct ?, _row_id, reason from ("
                f"select _row_id, reason, unnest(regexp_extract_all(raw, '{_WORD}')) as word "
                "from read_parquet(?)) where keyed('number', word) in (select digest from held) "
                "or keyed('psa', word) in (select digest from held) "
                "or keyed('right', word) in (select digest from held)",
                [file.table, str(path)],
            )


def _following(delivery: Delivery, withdrawn: Withdrawn, ids: pl.DataFrame) -> Delivery:
    """The manifest once the rows have left: what was read = staged + quarantined + withdrawn."""
    by_table = _by_table(ids)
    files = []
    for file in delivery.files:
        mine = _of_file(by_table, file)
        reasons = Counter(mine.filter(pl.col("is_rejected"))["name"].to_list())
        in_lake = mine.filter(~pl.col("is_rejected"))
        rows = in_lake["name"].null_count()
        left = {reason: n - reasons[reason] for reason, n in file.rejected.items()}
        files.append(
            file.model_copy(
                update={
                    "screened": withdrawn.mark,
                    "rows_staged": file.rows_staged - rows,
                    "withdrawn": file.withdrawn + rows + reasons.total(),
                    "unlinked": file.unlinked + in_lake.height - rows,
                    "rejected": {reason: n for reason, n in left.items() if n},
                }
            )
        )
    return delivery.model_copy(update={"files": tuple(files)})


def finish(lake: Workspace) -> None:
    """Complete a screening that was noted; nothing to do when none was."""
    noted, path = lake.state / FOLLOWING, lake.state / IDS
    if not noted.is_file():
        path.unlink(missing_ok=True)
        return
    following = Delivery.load(noted)
    ids = pl.read_parquet(path, glob=False)
    by_table = _by_table(ids)
    for file in following.files:
        _rewrite(lake, file, _of_file(by_table, file))
    following.save(lake.manifest)
    write_summary(lake, following)
    noted.unlink()
    path.unlink()


def _by_table(ids: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
    return {str(name): rows for (name,), rows in ids.group_by("source_table")}


def _of_file(by_table: Mapping[str, pl.DataFrame], file: StagedFile) -> pl.DataFrame:
    """What is noted of the rows of one file."""
    ids = by_table.get(file.table, pl.DataFrame(schema=_IDS))
    last = file.first_row_id + file.room
    return ids.filter(pl.col("_row_id").is_between(file.first_row_id, last, closed="left"))


def _rewrite(lake: Workspace, file: StagedFile, mine: pl.DataFrame) -> None:
    contract = contracts()[file.table]
    if mine.is_empty():
        return
    rows = mine.filter(~pl.col("is_rejected"))
    for path in parts(table_dir(lake, contract) / file.folder):
        _replace(path, rows)
    refuge = quarantine_file(lake, contract, file.number)
    rejected = mine.filter(pl.col("is_rejected")).select("_row_id")
    if refuge.is_file() and not rejected.is_empty():
        left = pl.read_parquet(refuge, glob=False).join(rejected, on="_row_id", how="anti")
        if left.is_empty():
            refuge.unlink()
        else:
            _write(left, refuge)


def _replace(path: Path, ids: pl.DataFrame) -> None:
    """Write a part again without the rows, and without the links, that are to go."""
    before = pl.read_parquet(path, glob=False)
    after = before.join(ids.filter(pl.col("name").is_null()), on="_row_id", how="anti")
    for (name,), rows in ids.filter(pl.col("name").is_not_null()).group_by("name"):
        cut = pl.col("_row_id").is_in(rows["_row_id"].implode())
        after = after.with_columns(pl.when(~cut).then(pl.col(str(name))).alias(str(name)))
    if not after.equals(before):
        _write(after, path)


def _write(rows: pl.DataFrame, path: Path) -> None:
    draft = path.with_suffix(".tmp")
    rows.write_parquet(draft, compression="zstd", compression_level=COMPRESSION_LEVEL)
    draft.replace(path)


def forget_spill(workspace: Workspace) -> None:
    """Remove what the engine wrote where memory did not suffice: keys stood there in clear."""
    shutil.rmtree(workspace.build / "temp", ignore_errors=True)
