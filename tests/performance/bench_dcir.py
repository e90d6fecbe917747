"""How fast ER_PRS_F and its detail tables are staged, joined and classified: ``make bench``.

Targets: 300,000 lines per CPU-second joined and classified, time growing no faster than lines
(exponent 1.05 at most), memory flat. The generator's care of some persons is repeated
for other persons, which costs little and keeps its shape. Plain script, not a test.
"""

from __future__ import annotations

import argparse
import itertools
import math
import tempfile
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from etl.synthetic import generate
from tests.performance.measure import Cost, run, snds_omop

PERSONS = 500
TABLES = ("IR_BEN_R", "IR_BEN_R_ARC", "ER_PRS_F", "ER_PHA_F", "ER_CAM_F", "ER_BIO_F", "ER_TIP_F",
          "ER_UCD_F", "ER_ETE_F", "ER_ARO_F", "ER_LOT_F")  # fmt: skip
PSEUDONYMS = ("BEN_NIR_PSA", "BEN_NIR_ANO", "BEN_IDT_ANO")
# Everything up to events netted by business key: joined, classified, regularised.
SELECTED = ("+int_dcir_act__netted", "+int_dcir_detail__netted", "+int_dcir_payment__classified")


@dataclass(frozen=True)
class Measured:
    """One size: lines of ER_PRS_F, rows of its details, what each step took."""

    lines: int
    details: int
    staged: Cost
    classified: Cost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, nargs="+", default=[1_000_000, 10_000_000])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-dcir-") as folder:
        root = Path(folder)
        base = root / "base"
        generate(base, persons=PERSONS, seed=1, years=range(2018, 2020))
        found = [measure(base, root / str(size), size) for size in options.lines]
    for each in found:
        report(each)
    for less, more in itertools.pairwise(found):
        compare(less, more)


def measure(base: Path, root: Path, lines: int) -> Measured:
    delivery = root / "delivery"
    delivery.mkdir(parents=True)
    rows = multiply(base, delivery, lines)
    workspace = ("--workspace", root / "workspace")
    staged = run(snds_omop(*workspace, "stage", "--input", delivery))
    run(snds_omop(*workspace, "vocab", "load"))
    selection = [part for name in SELECTED for part in ("--select", name)]
    spill = root / "workspace" / "build" / "temp"
    classified = run(snds_omop(*workspace, "build", *selection), spill=spill)
    for file in delivery.iterdir():
        file.unlink()
    prs = rows.pop("ER_PRS_F")
    details = sum(n for name, n in rows.items() if name.startswith("ER_"))
    return Measured(prs, details, staged, classified)


def multiply(base: Path, delivery: Path, lines: int) -> dict[str, int]:
    """Write the tables as often as it takes; each time other persons, in other claims."""
    files = [path for path in sorted(base.glob("*.csv")) if _table(path) in TABLES]
    frames = {path.name: pl.read_csv(path, separator=";", infer_schema=False) for path in files}
    own = sum(frame.height for name, frame in frames.items() if name.startswith("ER_PRS_F"))
    times = max(1, round(lines / own))
    rows: dict[str, int] = {}
    for name, frame in frames.items():
        with (delivery / name).open("wb") as file:
            for copy in range(times):
                changed = frame.with_columns(
                    (pl.lit(f"{copy:05d}") + pl.col(c).str.slice(5)).alias(c)
                    for c in PSEUDONYMS
                    if c in frame.columns
                )
                if "DCT_ORD_NUM" in frame.columns:
                    number = pl.col("DCT_ORD_NUM").cast(pl.Int64) + copy * 2_000_000_000
                    changed = changed.with_columns(number.cast(pl.String))
                changed.write_csv(
                    file, separator=";", quote_style="never", include_header=copy == 0
                )
        table = _table(Path(name))
        rows[table] = rows.get(table, 0) + frame.height * times
    return rows


def _table(path: Path) -> str:
    stem = path.stem
    return stem[:-5] if stem[-4:].isdigit() else stem


def report(each: Measured) -> None:
    print(f"{each.lines:,} lines of ER_PRS_F, {each.details:,} rows of detail tables")
    every = each.lines + each.details
    for name, rows, cost in (
        ("staged", every, each.staged),
        ("joined and classified", each.lines, each.classified),
    ):
        print(
            f"  {name}: {rows / cost.cpu:,.0f} rows per CPU-second ({cost.cpu:.1f} CPU-s, "
            f"{cost.wall:.1f} s), peak {cost.peak_gib:.2f} GiB, "
            f"spilled {cost.spill_bytes / 1e6:,.0f} MB"
        )


def compare(less: Measured, more: Measured) -> None:
    growth = math.log(more.lines / less.lines)
    for name in ("staged", "classified"):
        one, two = getattr(less, name), getattr(more, name)
        print(f"  exponent of {name}: {math.log(two.cpu / one.cpu) / growth:.2f}")
    marginal = (more.lines - less.lines) / (more.classified.cpu - less.classified.cpu)
    print(f"  beyond the fixed cost: {marginal:,.0f} lines joined and classified per CPU-second")


if __name__ == "__main__":
    main()
