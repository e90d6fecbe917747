"""What one more month costs, beside a whole build of the same lake: ``make bench``.

The month is the last of a year of the generator, and then one with care of few persons only: what
an increment costs follows the rows it touches. Plain script, not a test.

``python tests/performance/bench_increment.py``                  small, what `make bench` runs
``python tests/performance/bench_increment.py --persons 400 --times 1 25 75 --one-in 1``
                             the same month after 1, 25, 75 times the care (see `bench_scale.py`)
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from etl.workspace import Workspace
from tests.monthly_delivery import FIRST, MONTHS, write_months
from tests.performance.bench_scale import COPY_DIGITS, PSEUDONYMS, multiply
from tests.performance.measure import Cost, run, snds_omop

LAST = MONTHS[-1]
PSA = "BEN_NIR_PSA"


@dataclass(frozen=True)
class Measured:
    """An increment, and the whole build of the same lake."""

    name: str
    month_rows: int
    touched_rows: int
    all_rows: int
    increment: Cost
    whole: Cost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=20_000)
    parser.add_argument("--times", type=int, nargs="*", default=[1],
                        help="care of so many times the persons stands in the lake")  # fmt: skip
    parser.add_argument("--one-in", type=int, nargs="*", default=[1, 20, 200],
                        help="the month has care of one person in so many")  # fmt: skip
    parser.add_argument("--folder", type=Path, help="where the lakes are made")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-increment-", dir=options.folder) as folder:
        root = Path(folder)
        months = write_months(root, persons=options.persons, seed=1, datamart=False)
        for name in ("dcir", "simplified"):
            shutil.rmtree(root / name, ignore_errors=True)
        for month in (FIRST, *MONTHS[:-1]):
            months.deliver(month, root / "delivery")
        base = Workspace(root / "base")
        run(snds_omop("--workspace", base.root, "stage", "--input", root / "delivery"))
        run(snds_omop("--workspace", base.root, "vocab", "load"))
        config = root / "snds-omop.toml"
        config.write_text("[engine]\nincrement_share = 1.0\n", encoding="utf-8")
        for times in options.times:
            workspace = Workspace(root / f"workspace-{times}")
            multiply(base, workspace, times)
            run(snds_omop("--config", config, "--workspace", workspace.root, "build"))
            for one_in in options.one_in:
                report(measure(workspace, months.of(LAST), one_in, config))
            shutil.rmtree(workspace.root)


def measure(workspace: Workspace, month: Path, one_in: int, config: Path) -> Measured:
    """Add the month, or what it tells of some persons, to a copy of the lake and candidate."""
    place = workspace.root
    delivery, former = place.parent / "month", place.parent / "former"
    shutil.copytree(place, former, symlinks=True)
    rows = take(month, delivery / month.name, one_in)
    command = ("--config", config, "--workspace", place)
    run(snds_omop(*command, "stage", "--input", delivery))
    answer = place.parent / "answer.json"
    increment = run([*snds_omop(*command, "build"), "--json"], output=answer)
    said: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    whole = run(snds_omop(*command, "build", "--full-refresh"))
    for folder in (place, delivery):
        shutil.rmtree(folder)
    former.rename(place)
    counts = (rows, int(said["touched_rows"]), int(said["all_rows"]))
    return Measured(f"one person in {one_in}", *counts, increment, whole)


def take(month: Path, target: Path, one_in: int) -> int:
    """Copy a month, with the lines of DCIR of one person in so many; rows copied.

    Persons have the pseudonyms of the first copy that `multiply` makes.
    """
    lines = pl.concat(
        [pl.read_csv(path, separator=";", infer_schema=False, columns=["DCT_ORD_NUM", PSA])
         for path in month.rglob("ER_PRS_F*.csv")]
    )  # fmt: skip
    persons = lines[PSA].unique().sort().gather_every(one_in)
    claims = lines.filter(pl.col(PSA).is_in(persons.implode()))["DCT_ORD_NUM"].unique()
    rows = 0
    for path in month.rglob("ER_*.csv"):
        frame = pl.read_csv(path, separator=";", infer_schema=False)
        frame = frame.filter(pl.col("DCT_ORD_NUM").is_in(claims.implode()))
        frame = frame.with_columns(first_copy(name) for name in PSEUDONYMS if name in frame.columns)
        file = target / path.relative_to(month)
        file.parent.mkdir(parents=True, exist_ok=True)
        frame.write_csv(file, separator=";", quote_style="never")
        rows += frame.height
    return rows


def first_copy(name: str) -> pl.Expr:
    """A pseudonym as `multiply` writes it in the first copy."""
    return (pl.lit("0" * COPY_DIGITS) + pl.col(name).str.slice(COPY_DIGITS)).alias(name)


def report(each: Measured) -> None:
    print(f"a month with care of {each.name}: {each.month_rows:,} rows")
    print(f"  touched: {each.touched_rows:,} of {each.all_rows:,} rows "
          f"({each.touched_rows / each.all_rows:.1%})")  # fmt: skip
    for name, cost in (("increment", each.increment), ("whole build", each.whole)):
        print(f"  {name}: {cost.cpu:.1f} CPU-s, {cost.wall:.1f} s, {cost.peak_gib:.2f} GiB")


if __name__ == "__main__":
    main()
