"""What reading costs, one way against the other, in one run: ``make bench``.

One full-width ER_PRS_F as CSV, in a PostgreSQL of this machine and as SAS; CPU-seconds of the
client beyond those of the same command on no rows. DuckDB reads the contract's columns as text.

Goals: staging at least 0.9 times the rows per CPU-second of DuckDB reading the same file, `profile`
within 1.5 times parsing it, a database within 1.5 times its CSV, SAS at least 0.7 times the rows
per CPU-second of CSV.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
from bench_stage import write_delivery
from measure import Cost, run, snds_omop

from etl.contracts.registry import contracts

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests import postgres_server
from tests.sas7bdat import SasColumn, write_sas7bdat

_PARSE = (
    "import polars as pl, sys\n"
    "n = 0\n"
    "for rows in pl.scan_csv(sys.argv[1], separator=';', infer_schema=False).collect_batches():\n"
    "    n += rows.height\n"
)
_DUCKDB = (
    "import duckdb, sys\n"
    'duckdb.execute("create table t as select " + sys.argv[2] + " from read_csv(\'" + '
    "sys.argv[1] + \"', delim = ';', header = true, all_varchar = true)\")\n"
)
_SAS_ROWS = 40_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-borders-") as name:
        root = Path(name)
        full, none = root / "full", root / "none"
        for folder in (full, none):
            folder.mkdir()
        file = full / "ER_PRS_F_2019.csv"
        size, rows = write_delivery(file, options.megabytes << 20, latin1=False)
        with file.open("rb") as whole:
            (none / file.name).write_bytes(whole.readline() + whole.readline())
        print(f"{size / 1e6:,.0f} MB, {rows:,} rows")
        measured(root, full, none, rows)


def measured(root: Path, full: Path, none: Path, rows: int) -> None:
    """Print one line a way of reading, and the ratios."""
    name = "ER_PRS_F_2019.csv"
    kept = ", ".join(column.name for column in contracts()["ER_PRS_F"].kept)
    ways: dict[str, Callable[[Path], list[Any]]] = {
        "parse": lambda folder: [sys.executable, "-c", _PARSE, folder / name],
        "duckdb": lambda folder: [sys.executable, "-c", _DUCKDB, folder / name, kept],
        "stage": lambda folder: snds_omop(
            "--workspace", root / f"stage-{folder.name}", "stage", "--input", folder
        ),
        "profile": lambda folder: snds_omop(
            "--workspace", root / f"profile-{folder.name}", "profile", "--input", folder
        ),
    }
    cpu: dict[str, float] = {}
    for way, command in ways.items():
        cpu[way] = shown(way, run(command(full)), run(command(none)), rows)
    cpu["database"] = of_database(root, full / name, rows)
    cpu["sas"] = of_sas(root, full / name) * rows / _SAS_ROWS
    print(f"staging against DuckDB: {cpu['duckdb'] / cpu['stage']:.2f} (goal 0.9)")
    print(f"profile against parsing: {cpu['profile'] / cpu['parse']:.2f} (goal 1.5 at most)")
    print(f"database against CSV: {cpu['database'] / cpu['stage']:.2f} (goal 1.5 at most)")
    print(f"SAS against CSV: {cpu['stage'] / cpu['sas']:.2f} (goal 0.7)")


def shown(way: str, cost: Cost, empty: Cost, rows: int) -> float:
    """CPU-seconds that the rows took."""
    cpu = max(cost.cpu - empty.cpu, 0.01)
    print(f"{way:9} {cpu:6.2f} CPU-s, {rows / cpu:10,.0f} rows a CPU-s, {cost.peak_gib:.2f} GiB")
    return cpu


def of_database(root: Path, path: Path, rows: int) -> float:
    """The same table in PostgreSQL, with the types of the contract's columns as text."""
    import psycopg

    with postgres_server.running() as url:
        header = path.open().readline().strip().lower().split(";")
        columns = ", ".join(f"{name} varchar(40)" for name in header)
        with psycopg.connect(url) as server:
            for schema in ("full_", "none_"):
                server.execute(f"create schema {schema}")
                server.execute(f"create table {schema}.er_prs_f_2019 ({columns})")
            command = "copy full_.er_prs_f_2019 from stdin (format csv, delimiter ';', header)"
            with server.cursor().copy(command) as copy, path.open("rb") as file:
                while data := file.read(1 << 20):
                    copy.write(data)

        def staged(schema: str) -> Cost:
            where = ("--workspace", root / f"db-{schema}")
            return run(snds_omop(*where, "stage", "--from-db", url, "--schema", schema))

        return shown("database", staged("full_"), staged("none_"), rows)


def of_sas(root: Path, path: Path) -> float:
    """The first rows as SAS, every column a text."""
    rows = pl.read_csv(path, separator=";", infer_schema=False, n_rows=_SAS_ROWS)
    costs = []
    for name, part in (("sas", rows), ("no-sas", rows.head(1))):
        folder = root / name
        folder.mkdir()
        columns = [SasColumn(n, part[n].str.len_bytes().max() or 1) for n in part.columns]
        write_sas7bdat(folder / "ER_PRS_F_2019.sas7bdat", columns, part.rows())
        command = ("--workspace", root / f"of-{name}", "stage", "--input", folder)
        costs.append(run(snds_omop(*command)))
    return shown("sas", *costs, _SAS_ROWS)


if __name__ == "__main__":
    main()
