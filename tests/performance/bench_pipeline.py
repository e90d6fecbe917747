"""What the whole road costs, from raw files to an audited release, at three sizes: ``make bench``.

Each step runs in a process of its own, several times (large sizes fewer); medians are kept. Next to
them, measured in the same run on the same bytes, the limits of the machine: copying the files,
parsing them and nothing else, and a DuckDB script that reads them and runs the models' SQL without
dbt (`plain_script.py`). The results are kept as JSON with the machine's description, and the two
pages of the documents are made from it.
For 10 and 100 million rows see `bench_scale.py`.

``python tests/performance/bench_pipeline.py [--persons 1000 5000 30000] [--repeats 3] [--keep]``
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from etl.contracts.cdm import cdm_tables
from etl.workspace import Workspace
from tests.performance.measure import Cost, machine, run, size_of, snds_omop
from tests.performance.page import RESULTS, write_pages

HERE = Path(__file__).resolve().parent
COPY = "import shutil, sys; shutil.copytree(sys.argv[1], sys.argv[2])"
PARSE = (
    "import polars as pl, sys\n"
    "from pathlib import Path\n"
    "for file in sorted(Path(sys.argv[1]).rglob('*.csv')):\n"
    "    table = pl.scan_csv(file, separator=';', infer_schema=False, quote_char=None)\n"
    "    sum(rows.height for rows in table.collect_batches(chunk_size=100_000))\n"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, nargs="+", default=[1000, 5000, 30_000])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--keep", action="store_true", help="write the results in the documents")
    options = parser.parse_args()
    sizes = []
    for rank, persons in enumerate(options.persons):
        with tempfile.TemporaryDirectory(prefix="bench-pipeline-") as folder:
            sizes.append(measure(persons, max(1, options.repeats - rank), Path(folder)))
        print_size(sizes[-1])
    result = {"machine": machine(), "repeats": options.repeats, "sizes": sizes}
    result["exponent"] = exponent(sizes)
    print(f"\nCPU time against rows, smallest to largest: exponent {result['exponent']:.2f}")
    if options.keep:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        write_pages()


def measure(persons: int, repeats: int, folder: Path) -> dict[str, Any]:
    """All steps at one size."""
    delivery, room = folder / "delivery", folder / "workspace"
    made = run(snds_omop("synth", "--output", delivery, "--persons", str(persons), "--seed", "11"))
    workspace = Workspace(room)
    own = ["--workspace", room]
    temp = workspace.build / "temp"

    def again(prepare: Callable[[], None], command: list[str | Path]) -> Cost:
        costs = []
        for _ in range(repeats):
            prepare()
            costs.append(run(command, spill=temp))
        return Cost.middle(costs)

    def remove(*paths: Path) -> Callable[[], None]:
        return lambda: [shutil.rmtree(path, ignore_errors=True) for path in paths] and None

    def unmade(by_hand: Path) -> Callable[[], None]:
        return lambda: (by_hand / "candidate.duckdb").unlink(missing_ok=True)

    python = sys.executable
    copied, plain = folder / "copied", folder / "plain"
    steps = {
        "copy": again(remove(copied), [python, "-c", COPY, delivery, copied]),
        "parse": again(remove(copied), [python, "-c", PARSE, delivery]),
        "stage": again(remove(room), snds_omop(*own, "stage", "--input", delivery)),
    }
    vocabulary = run(snds_omop(*own, "vocab", "load"))
    by_hand = [python, HERE / "plain_script.py"]
    steps |= {
        "build": again(remove(), snds_omop(*own, "build", "--full-refresh")),
        "read": again(remove(plain), [*by_hand, "read", room, plain]),
        "transform": again(unmade(plain), [*by_hand, "transform", room, plain]),
        "validate": again(remove(), snds_omop(*own, "validate")),
        "release": again(remove(workspace.releases), snds_omop(*own, "release", "create")),
    }
    steps["vocab"] = vocabulary
    return {
        "persons": persons,
        "rows": rows_read(workspace),
        "cdm_rows": cdm_rows(workspace),
        "bytes": {
            "delivery": size_of(delivery),
            "lake": size_of(workspace.lake),
            "candidate": size_of(workspace.candidate),
            "release": size_of(workspace.releases),
        },
        "synth": asdict(made),
        "steps": {name: asdict(cost) for name, cost in steps.items()},
        "same_tables": same_tables(workspace, plain / "candidate.duckdb"),
    }


def rows_read(workspace: Workspace) -> int:
    """Rows of the delivery."""
    files = pl.read_parquet(workspace.lake / "manifest" / "files.parquet")
    return int(files["rows_read"].sum())


def cdm_rows(workspace: Workspace) -> int:
    """Rows of the CDM's own tables, the vocabulary left out."""
    with duckdb.connect(str(workspace.candidate), read_only=True) as connection:
        return sum(
            int(connection.execute(f'select count(*) from cdm."{name}"').fetchall()[0][0])
            for name, table in cdm_tables().items()
            if table.group != "vocabulary"
        )


def same_tables(ours: Workspace, theirs: Path) -> bool:
    """True when both candidates hold the same rows in every CDM table."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{ours.candidate}' as candidate (read_only)")
        connection.execute(f"attach '{ours.registry}' as registry (read_only)")
        connection.execute(f"attach '{theirs}' as script (read_only)")
        return all(
            connection.execute(
                f'select count(*) from (from candidate.cdm."{name}" except all '
                f'from script.cdm."{name}")'
            ).fetchall()
            == [(0,)]
            for name, table in cdm_tables().items()
            if table.group != "vocabulary"
        )


def exponent(sizes: list[dict[str, Any]]) -> float:
    """How the CPU time of stage and build grows with rows: 1 is in proportion."""
    if len(sizes) < 2:
        return math.nan
    first, last = sizes[0], sizes[-1]
    spent = [
        sum(size["steps"][name]["cpu"] for name in ("stage", "build")) for size in (first, last)
    ]
    return math.log(spent[1] / spent[0]) / math.log(last["rows"] / first["rows"])


def print_size(size: dict[str, Any]) -> None:
    rows = size["rows"]
    print(f"\n{size['persons']:,} persons, {rows:,} rows read, {size['cdm_rows']:,} CDM rows")
    print(f"  {'':10}{'rows/s':>12}{'CPU-s':>9}{'wall s':>9}{'peak GiB':>10}{'spill MB':>10}")
    for name, cost in size["steps"].items():
        print(
            f"  {name:10}{rows / cost['wall']:>12,.0f}{cost['cpu']:>9.1f}{cost['wall']:>9.1f}"
            f"{cost['peak_gib']:>10.2f}{cost['spill_bytes'] / 1e6:>10,.0f}"
        )
    steps = size["steps"]
    ours = sum(steps[name]["cpu"] for name in ("stage", "build", "validate", "release"))
    by_hand = steps["read"]["cpu"] + steps["transform"]["cpu"]
    stage = steps["stage"]["cpu"]
    demo = size["synth"]["cpu"] + ours + steps["vocab"]["cpu"]
    print(f"  build is {steps['build']['cpu'] / steps['transform']['cpu']:.2f} x its SQL by hand")
    print(f"  validate is {steps['validate']['cpu'] / stage:.2f} x staging")
    print(f"  the demo, from the generator to the release, is {demo / stage:.2f} x staging")
    print(f"  the whole road is {ours / by_hand:.2f} x reading and transforming by hand")
    print(f"  same tables: {'yes' if size['same_tables'] else 'NO'}")


if __name__ == "__main__":
    main()
