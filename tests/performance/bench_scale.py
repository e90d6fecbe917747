"""How a build grows from millions of lines to hundreds of millions, and what batches spare.

The care of some persons is staged once; its rows are then copied in the lake itself, for other
persons in other claims, one Parquet part a flux month, as monthly deliveries give them. So a lake
of 100 million rows is made in minutes, and only the build is measured. Plain script, not a test:

``python tests/performance/bench_scale.py --rows 10 100``     whole builds, in millions of rows
``python tests/performance/bench_scale.py --months 1 3 12 36``   the nine-key joins alone
"""

from __future__ import annotations

import argparse
import itertools
import math
import os
import shutil
import tempfile
from datetime import date
from pathlib import Path

import duckdb

from etl.contracts.registry import contracts
from etl.synthetic import generate
from etl.workspace import Workspace
from tests.performance.measure import Cost, run, size_of, snds_omop

PERSONS = 400
YEARS = range(2018, 2021)
PSEUDONYMS = ("BEN_NIR_PSA", "BEN_NIR_ANO", "BEN_IDT_ANO")
PERSON_TABLES = ("IR_BEN_R", "IR_BEN_R_ARC")
JOINED = ("+int_dcir_detail__classified", "+int_dcir_payment__classified")
CLAIMS_APART = 2_000_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=float, nargs="+", default=[], help="millions of source rows")
    parser.add_argument("--months", type=int, nargs="+", default=[])
    parser.add_argument("--lines-a-month", type=float, default=0.25, help="millions")
    parser.add_argument("--batch", nargs="+", default=["auto"])
    parser.add_argument("--memory", default="3GB", help="engine.memory_limit")
    parser.add_argument("--folder", type=Path, help="where the lakes are made")
    options = parser.parse_args()
    os.environ["SNDS_OMOP_ENGINE__MEMORY_LIMIT"] = options.memory
    with tempfile.TemporaryDirectory(prefix="bench-scale-", dir=options.folder) as folder:
        base = staged(Path(folder))
        if options.months:
            months(base, options)
        elif options.rows:
            sizes(base, options)


def staged(root: Path) -> Workspace:
    """A workspace with the care of some persons in its lake."""
    generate(root / "delivery", persons=PERSONS, seed=1, years=YEARS)
    workspace = Workspace(root / "base")
    run(snds_omop("--workspace", workspace.root, "stage", "--input", root / "delivery"))
    run(snds_omop("--workspace", workspace.root, "vocab", "load"))
    return workspace


def sizes(base: Workspace, options: argparse.Namespace) -> None:
    """Whole builds: rows per CPU-second, memory, spill, and how time grows."""
    measured: list[tuple[int, float]] = []
    for millions in options.rows:
        workspace = Workspace(base.root.parent / f"rows-{millions}")
        times = max(1, round(millions * 1e6 / rows_of(base)))
        multiply(base, workspace, times)
        rows = rows_of(workspace)
        for batch in options.batch:
            cost = build(workspace, batch)
            report(f"{rows:,} rows, batch {batch}", rows, cost, workspace)
            measured.append((rows, cost.cpu))
        shutil.rmtree(workspace.root)
    for (rows, cpu), (more_rows, more_cpu) in itertools.pairwise(measured):
        if more_rows > rows:
            exponent = math.log(more_cpu / cpu) / math.log(more_rows / rows)
            print(f"  exponent {exponent:.2f}; beyond the fixed cost "
                  f"{(more_rows - rows) / (more_cpu - cpu):,.0f} rows per CPU-second")  # fmt: skip


def months(base: Workspace, options: argparse.Namespace) -> None:
    """The nine-key joins of 1, 3, 12… flux months, all at once and month by month."""
    whole = lines_by_month(base)
    times = max(1, round(options.lines_a_month * 1e6 * len(whole) / sum(whole.values())))
    for n_months in options.months:
        kept = sorted(whole)[:n_months]
        workspace = Workspace(base.root.parent / f"months-{n_months}")
        multiply(base, workspace, times, until=kept[-1])
        lines = times * sum(whole[month] for month in kept)
        for batch in options.batch:
            workspace.candidate.unlink(missing_ok=True)
            cost = build(workspace, batch, *JOINED)
            report(f"{n_months} months, {lines:,} lines, batch {batch}", lines, cost, workspace)
        shutil.rmtree(workspace.root)


def build(workspace: Workspace, batch: str, *selected: str) -> Cost:
    os.environ["SNDS_OMOP_ENGINE__BATCH"] = batch
    selection = [part for name in selected for part in ("--select", name)]
    command = snds_omop("--workspace", workspace.root, "build", *selection)
    return run(command, spill=workspace.build / "temp")


def report(title: str, rows: int, cost: Cost, workspace: Workspace) -> None:
    print(
        f"{title}: {rows / cost.cpu:,.0f} per CPU-second ({cost.cpu:.1f} CPU-s, {cost.wall:.0f} s),"
        f" peak {cost.peak_gib:.2f} GiB, spilled {cost.spill_bytes / 1e6:,.0f} MB,"
        f" candidate {size_of(workspace.candidate) / 1e6:,.0f} MB",
        flush=True,
    )


def multiply(base: Workspace, target: Workspace, times: int, until: date | None = None) -> None:
    """Copy the lake, with the rows of DCIR and of its persons told again for other persons.

    The delivery manifest stays that of the base: a ledger of these lakes does not balance.
    """
    target.create()
    shutil.copy(base.manifest, target.manifest)
    for name in ("manifest", "vocabulary"):
        shutil.copytree(
            base.lake / name, target.lake / name, copy_function=os.link, dirs_exist_ok=True
        )
    for contract in contracts().values():
        source = base.lake / contract.product / contract.model_name
        copy = target.lake / contract.product / contract.model_name
        if "FLX_DIS_DTD" in contract.key or contract.table in PERSON_TABLES:
            columns = {column.name for column in contract.kept}
            for folder in sorted(source.glob("f*")):
                tell_again(folder, copy / folder.name, columns, times, until)
            copy.mkdir(parents=True, exist_ok=True)
            os.link(source / "none.parquet", copy / "none.parquet")
        else:
            shutil.copytree(source, copy, copy_function=os.link, dirs_exist_ok=True)


def tell_again(folder: Path, copy: Path, columns: set[str], times: int, until: date | None) -> None:
    """One file of a delivery: other persons, other claims, other lines, a part a flux month."""
    copy.mkdir(parents=True)
    changed = [
        f"lpad(copied::varchar, 6, '0') || substr({name}, 7) as {name}"
        for name in PSEUDONYMS
        if name in columns
    ]
    if "DCT_ORD_NUM" in columns:
        changed.append(f"DCT_ORD_NUM + copied * {CLAIMS_APART} as DCT_ORD_NUM")
    rows = f"read_parquet('{folder}/*.parquet')"
    with duckdb.connect() as db:
        db.execute("set preserve_insertion_order = false")
        [(first, last)] = db.execute(f"select min(_row_id), max(_row_id) from {rows}").fetchall()
        if first is None:
            return
        changed.append(f"_row_id + copied * {last - first + 1} as _row_id")
        months: list[tuple[date | None]] = [(None,)]
        if "FLX_DIS_DTD" in columns:
            kept = f"where FLX_DIS_DTD <= date '{until}'" if until else ""
            months = db.execute(f"select distinct FLX_DIS_DTD from {rows} {kept}").fetchall()
        for rank, (month,) in enumerate(months):
            where = f"where FLX_DIS_DTD = date '{month}'" if month else ""
            db.execute(
                f"copy (select told.* replace ({', '.join(changed)}) from {rows} as told "
                f"cross join range({times}) as copies (copied) {where}) "
                f"to '{copy}/part-{rank:05d}.parquet' "
                "(format parquet, compression zstd, compression_level 1)"
            )


def rows_of(workspace: Workspace) -> int:
    """Rows of all SNDS tables of the lake."""
    with duckdb.connect() as db:
        pattern = workspace.lake / "*" / "*" / "f*" / "*.parquet"
        [(rows,)] = db.execute(
            f"select sum(num_rows) from parquet_file_metadata('{pattern}')"
        ).fetchall()
    return int(rows)


def lines_by_month(workspace: Workspace) -> dict[date, int]:
    with duckdb.connect() as db:
        pattern = workspace.lake / "dcir" / "er_prs_f" / "f*" / "*.parquet"
        return dict(
            db.execute(
                f"select FLX_DIS_DTD, count(*) from read_parquet('{pattern}') group by 1 order by 1"
            ).fetchall()
        )


if __name__ == "__main__":
    main()
