"""How a build grows from millions of lines to hundreds of millions, and what batches spare.

The care of some persons is staged once; its rows are then copied in the lake itself, for other
persons in other claims, one Parquet part a flux month, as monthly deliveries give them. So a lake
of 100 million rows is made in minutes, and only the build is measured. Plain script, not a test:

``python tests/performance/bench_scale.py``                  small, what `make bench` runs
``python tests/performance/bench_scale.py --rows 10 100``       whole builds, millions of rows
``python tests/performance/bench_scale.py --months 1 12 36``    the nine-key joins alone
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from etl.contracts.models import Contract
from etl.contracts.registry import contracts
from etl.loaders.manifest import Delivery
from etl.synthetic import generate
from etl.workspace import Workspace
from tests.performance.measure import Cost, machine, run, size_of, snds_omop
from tests.performance.page import SCALE, write_pages

Measured = dict[str, Any]

MEMORY = "SNDS_OMOP_ENGINE__MEMORY_LIMIT"
PLAIN_SCRIPT = Path(__file__).with_name("plain_script.py")
PERSONS = 400
YEARS = range(2018, 2021)
PSEUDONYMS = ("BEN_NIR_PSA", "BEN_NIR_ANO", "BEN_IDT_ANO")
COPY_DIGITS = 6
PERSON_TABLES = ("IR_BEN_R", "IR_BEN_R_ARC")
JOINED = ("+int_dcir_detail__classified", "+int_dcir_payment__classified")
CLAIMS_APART = 2_000_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=float, nargs="*", help="millions of source rows")
    parser.add_argument("--months", type=int, nargs="*", help="flux months")
    parser.add_argument("--lines-a-month", type=float, default=0.1, help="millions")
    parser.add_argument("--batch", nargs="+", default=["one", "month"], help="for --months")
    parser.add_argument("--memory", default="3GB", help="engine.memory_limit")
    parser.add_argument("--folder", type=Path, help="where the lakes are made")
    parser.add_argument("--by-hand", action="store_true", help="and the SQL of --rows without dbt")
    parser.add_argument("--keep", action="store_true", help="write the results in the documents")
    options = parser.parse_args()
    if options.rows is None and options.months is None:
        options.rows, options.months = [1, 4], [1, 12]
    os.environ[MEMORY] = options.memory
    with tempfile.TemporaryDirectory(prefix="bench-scale-", dir=options.folder) as folder:
        base = staged(Path(folder))
        found = {
            "months": list(months(base, options)),
            "rows": list(sizes(base, options)),
        }
    for less, more in itertools.pairwise(found["rows"]):
        print(f"exponent from {less['rows']:,} to {more['rows']:,}: {exponent(less, more):.2f}")
    if options.keep:
        keep(found)


def exponent(less: Measured, more: Measured) -> float:
    """How CPU time grows with rows: 1 is in proportion."""
    return math.log(more["cpu"] / less["cpu"]) / math.log(more["rows"] / less["rows"])


def keep(found: dict[str, list[Measured]]) -> None:
    """Write what was measured over what was kept; what was not measured stays."""
    known = json.loads(SCALE.read_text(encoding="utf-8")) if SCALE.is_file() else {}
    result: Measured = {"machine": machine()}
    for kind, measured in found.items():
        every = {_size(one): one for one in [*known.get(kind, ()), *measured]}
        result[kind] = [every[size] for size in sorted(every)]
    SCALE.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    write_pages()


def _size(measured: Measured) -> tuple[int, int, str, str]:
    return measured.get("months", 0), measured["rows"], measured["memory"], measured["batch"]


def staged(root: Path) -> Workspace:
    """A workspace with the care of some persons in its lake."""
    generate(root / "delivery", persons=PERSONS, seed=1, years=YEARS)
    workspace = Workspace(root / "base")
    run(snds_omop("--workspace", workspace.root, "stage", "--input", root / "delivery"))
    run(snds_omop("--workspace", workspace.root, "vocab", "load"))
    return workspace


def sizes(base: Workspace, options: argparse.Namespace) -> Iterator[Measured]:
    """Whole builds of lakes of so many rows."""
    for millions in options.rows or ():
        workspace = Workspace(base.root.parent / f"rows-{millions}")
        multiplied = rows_of(base, [one for one in contracts().values() if is_multiplied(one)])
        multiply(base, workspace, max(1, math.ceil(millions * 1e6 / multiplied)))
        found = build(workspace, "auto", rows=rows_of(workspace, contracts().values()))
        if options.by_hand:
            found["by_hand"] = asdict(by_hand(base, workspace, found["cpu"]))
        yield found
        shutil.rmtree(workspace.root)


def months(base: Workspace, options: argparse.Namespace) -> Iterator[Measured]:
    """The nine-key joins of 1, 12… flux months, all at once and month by month."""
    whole = lines_by_month(base)
    times = max(1, round(options.lines_a_month * 1e6 * len(whole) / sum(whole.values())))
    for n_months in options.months or ():
        kept = sorted(whole)[:n_months]
        workspace = Workspace(base.root.parent / f"months-{n_months}")
        multiply(base, workspace, times, until=kept[-1])
        lines = times * sum(whole[month] for month in kept)
        for batch in options.batch:
            workspace.candidate.unlink(missing_ok=True)
            yield {"months": n_months, **build(workspace, batch, *JOINED, rows=lines)}
        shutil.rmtree(workspace.root)


def build(workspace: Workspace, batch: str, *selected: str, rows: int) -> Measured:
    """Build in a process of its own; ``rows`` is only shown next to what that took."""
    os.environ["SNDS_OMOP_ENGINE__BATCH"] = batch
    selection = [part for name in selected for part in ("--select", name)]
    command = snds_omop("--workspace", workspace.root, "build", *selection)
    cost = run(command, spill=workspace.build / "temp")
    candidate = size_of(workspace.candidate)
    print(
        f"{rows:,} rows, batch {batch}: {rows / cost.cpu:,.0f} per CPU-second "
        f"({cost.cpu:.1f} CPU-s, {cost.wall:.0f} s), peak {cost.peak_gib:.2f} GiB, "
        f"spilled {cost.spill_bytes / 1e6:,.0f} MB, candidate {candidate / 1e6:,.0f} MB",
        flush=True,
    )
    memory = os.environ[MEMORY]
    return {
        "rows": rows, "batch": batch, "memory": memory, "candidate": candidate, **asdict(cost)
    }  # fmt: skip


def by_hand(base: Workspace, workspace: Workspace, built: float) -> Cost:
    """The same SQL without dbt, each model one query; ``built``: CPU-seconds of the build."""
    if not base.candidate.exists():
        os.environ["SNDS_OMOP_ENGINE__BATCH"] = "one"
        run(snds_omop("--workspace", base.root, "build"))
    folder = workspace.root.parent / "by-hand"
    folder.mkdir()
    (folder / "lake").symlink_to(workspace.lake)
    command = [sys.executable, PLAIN_SCRIPT, "transform", workspace.root, folder, base.root]
    cost = run(command, spill=folder / "temp")
    shutil.rmtree(folder)
    print(f"  by hand: {cost.cpu:.1f} CPU-s, {cost.wall:.0f} s, peak {cost.peak_gib:.2f} GiB; "
          f"the build takes {built / cost.cpu:.2f} times that", flush=True)  # fmt: skip
    return cost


def multiply(base: Workspace, target: Workspace, times: int, until: date | None = None) -> None:
    """Copy the lake, with the rows of DCIR and of its persons repeated for other persons.

    The manifest counts the rows of the copies; that of the lake, which the ledger balances
    against, stays that of the base.
    """
    target.create()
    write_manifest(base, target, times)
    for name in ("manifest", "vocabulary"):
        shutil.copytree(
            base.lake / name, target.lake / name, copy_function=os.link, dirs_exist_ok=True
        )
    for contract in contracts().values():
        source = base.lake / contract.product / contract.model_name
        copy = target.lake / contract.product / contract.model_name
        if is_multiplied(contract):
            columns = {column.name for column in contract.kept}
            for folder in sorted(source.glob("f*")):
                tell_again(folder, copy / folder.name, columns, times, until)
            copy.mkdir(parents=True, exist_ok=True)
            os.link(source / "none.parquet", copy / "none.parquet")
        else:
            shutil.copytree(source, copy, copy_function=os.link, dirs_exist_ok=True)


def is_multiplied(contract: Contract) -> bool:
    return "FLX_DIS_DTD" in contract.key or contract.table in PERSON_TABLES


def write_manifest(base: Workspace, target: Workspace, times: int) -> None:
    delivery = Delivery.load(base.manifest)
    for file in delivery.files:
        if is_multiplied(contracts()[file.table]):
            rows = file.model_copy(update={"rows_staged": file.rows_staged * times})
            delivery = delivery.with_file(rows)
    delivery.save(target.manifest)


def tell_again(folder: Path, copy: Path, columns: set[str], times: int, until: date | None) -> None:
    """One file of a delivery: other persons, other claims, other lines, a part a flux month."""
    copy.mkdir(parents=True)
    changed = [
        f"lpad(copied::varchar, {COPY_DIGITS}, '0') || substr({name}, {COPY_DIGITS + 1}) as {name}"
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
                f"copy (select source.* replace ({', '.join(changed)}) from {rows} as source "
                f"cross join range({times}) as copies (copied) {where}) "
                f"to '{copy}/part-{rank:05d}.parquet' "
                "(format parquet, compression zstd, compression_level 1)"
            )


def rows_of(workspace: Workspace, tables: Iterable[Contract]) -> int:
    """Rows of these SNDS tables in the lake."""
    folders = [workspace.lake / table.product / table.model_name for table in tables]
    parts = [str(part) for folder in folders for part in folder.glob("f*/*")]
    with duckdb.connect() as db:
        query = "select sum(num_rows) from parquet_file_metadata(?)"
        return int(db.execute(query, [parts]).fetchall()[0][0])


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
