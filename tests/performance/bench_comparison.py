"""The same job as Spark users do it today, and ours, on the same files in the same run.

Spark: files to Parquet, the wide table of the nine-column join, events picked out of it
(`spark_way.py`). Ours: `stage`, then the models up to classified detail lines, which join by the
nine columns too and also apply the rules of exclusion. Both must find the same events.
Needs the extra ``[spark]`` and a Java 17; ends with a message where they are missing.

``python tests/performance/bench_comparison.py [--lines N]``
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import duckdb

from etl.synthetic import generate
from etl.workspace import Workspace
from tests.performance.bench_dcir import PERSONS, multiply
from tests.performance.measure import Cost, run, snds_omop

SPARK_WAY = Path(__file__).resolve().parent / "spark_way.py"
STEPS = ("convert", "flatten", "extract")
SELECTED = "+int_dcir_detail__classified"
# Details whose line is known and that were not delivered twice: what Spark's way finds too.
FOUND = """
select source_table, count(*) from intermediate.int_dcir_detail__classified
where line_row_id is not null and not is_superseded group by source_table
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=2_000_000)
    options = parser.parse_args()
    if find_spec("pyspark") is None or shutil.which("java") is None:
        print("the comparison needs the extra [spark] and Java 17: left out")
        return
    with tempfile.TemporaryDirectory(prefix="bench-comparison-") as name:
        folder = Path(name)
        base, delivery = folder / "base", folder / "delivery"
        delivery.mkdir()
        generate(base, persons=PERSONS, seed=1, years=range(2018, 2020))
        rows = multiply(base, delivery, options.lines)
        ours, found = our_way(delivery, Workspace(folder / "workspace"))
        theirs, expected = spark_way(delivery, folder / "spark")
    print(f"{rows['ER_PRS_F']:,} lines of ER_PRS_F, {sum(found.values()):,} events")
    show("snds-omop", ours)
    show("Spark's way", theirs)
    for left, right, what in (
        (("convert",), ("stage",), "staging"),
        (("flatten", "extract"), ("build",), "joining and events"),
        (STEPS, ("stage", "build"), "the whole job"),
    ):
        ratio = sum(theirs[one].cpu for one in left) / sum(ours[one].cpu for one in right)
        print(f"  {what}: Spark's way takes {ratio:.1f} x the CPU")
    print(f"  same events by table: {'yes' if found == expected else f'NO: {found} / {expected}'}")


def our_way(delivery: Path, workspace: Workspace) -> tuple[dict[str, Cost], dict[str, int]]:
    """What each step takes, and events by source table."""
    own = ("--workspace", workspace.root)
    costs = {"stage": run(snds_omop(*own, "stage", "--input", delivery))}
    run(snds_omop(*own, "vocab", "load"))
    costs["build"] = run(snds_omop(*own, "build", "--select", SELECTED))
    with duckdb.connect(str(workspace.candidate), read_only=True) as connection:
        return costs, dict(connection.execute(FOUND).fetchall())


def spark_way(delivery: Path, folder: Path) -> tuple[dict[str, Cost], dict[str, int]]:
    """The same, of `spark_way.py`."""
    costs = {
        step: run([sys.executable, SPARK_WAY, step, delivery, folder], spill=folder / "temp")
        for step in STEPS
    }
    return costs, json.loads((folder / "events.json").read_text(encoding="utf-8"))


def show(name: str, costs: dict[str, Cost]) -> None:
    print(f"  {name}")
    for step, cost in costs.items():
        print(
            f"    {step:8} {cost.cpu:8.1f} CPU-s {cost.wall:8.1f} s  peak {cost.peak_gib:.2f} GiB"
        )


if __name__ == "__main__":
    main()
