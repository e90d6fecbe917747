"""How fast MCO stays with their diagnoses, acts and units go through, and with how much memory.

Targets: at least 100,000 source rows per CPU-second, loading and transformation together, under
6 GiB, whatever the number of stays. Plain script: it writes to a temporary folder and removes it.
Codes are drawn from short lists, so compression is better than on real files.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

DIAGNOSES = ["I500", "E119", "I10", "J180", "C189", "S7200", "Z501", "F200", "N185", "K359"]
ACTS = ["DZQM006", "HHFA001", "NFKA007", "ZZQK002", "EPLF002"]
FIRST_YEAR, STAYS_A_YEAR = 2013, 1_000_000
#: Rows of a stay: linkage, summary, one unit, three diagnoses, two acts.
ROWS_OF_A_STAY = 8
_EPOCH = np.datetime64("1970-01-01")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stays", type=int, default=1_000_000)
    parser.add_argument("--memory", default="4GB", help="limit given to DuckDB")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-hospital-") as folder:
        root = Path(folder)
        (root / "delivery").mkdir()
        rows = write_delivery(root / "delivery", options.stays)
        print(f"{options.stays:,} stays, {rows:,} source rows")
        report(root, rows, options.memory)


def report(root: Path, rows: int, memory: str) -> None:
    """Each step in a process of its own, start-up included."""
    total = 0.0
    settings = root / "snds-omop.toml"
    settings.write_text(f'[engine]\nmemory_limit = "{memory}"\n', encoding="utf-8")
    command = [
        sys.executable, "-m", "etl", "--quiet", "--config", str(settings), "--workspace",
        str(root / "workspace"),
    ]  # fmt: skip
    steps = [["stage", "--input", str(root / "delivery")], ["vocab", "load"], ["build"]]
    for step in steps:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begun = time.perf_counter()
        subprocess.run([*command, *step], check=True)
        wall = time.perf_counter() - begun
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        total += cpu
        print(f"  {step[0]}: {wall:.0f} s, {cpu:.0f} CPU-s, {rows / cpu:,.0f} rows per CPU-second")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    print(f"  together: {rows / total:,.0f} rows per CPU-second; peak memory {peak:.2f} GiB")
    with duckdb.connect(str(root / "workspace/build/candidate.duckdb"), read_only=True) as cdm:
        for table in ("visit_occurrence", "condition_occurrence", "procedure_occurrence"):
            count = cdm.sql(f"select count(*) from cdm.{table}").fetchall()[0][0]
            print(f"  {table}: {count:,} rows")
        unbalanced = cdm.sql("select count(*) from audit.balance where residual <> 0").fetchall()
        print(f"  tables and years out of balance: {unbalanced[0][0]}")


def write_delivery(folder: Path, stays: int) -> int:
    """One year of files for each million of stays; one person for five stays."""
    persons = max(1, stays // 5)
    pl.DataFrame({
        "BEN_NIR_PSA": _psa(np.arange(persons)),
        "BEN_RNG_GEM": "1",
        "BEN_IDT_ANO": _psa(np.arange(persons)),
        "BEN_CDI_NIR": "00",
        "BEN_NAI_ANN": "1950",
        "BEN_SEX_COD": "1",
        "BEN_RES_DPT": "075",
        "BEN_RES_COM": "056",
    }).write_parquet(folder / "IR_BEN_R.parquet")  # fmt: skip
    for rank, first in enumerate(range(0, stays, STAYS_A_YEAR)):
        size = min(STAYS_A_YEAR, stays - first)
        _write_year(folder, FIRST_YEAR + rank, np.arange(first, first + size), persons)
    return persons + stays * ROWS_OF_A_STAY


def _psa(number: np.ndarray) -> pl.Series:  # type: ignore[type-arg]
    return pl.Series(number).cast(pl.String).str.zfill(17)


def _write_year(folder: Path, year: int, number: np.ndarray, persons: int) -> None:  # type: ignore[type-arg]
    rng = np.random.default_rng(year)
    size = len(number)
    keys = pl.DataFrame({
        "ETA_NUM": pl.Series(690000000 + number % 900).cast(pl.String),
        "RSA_NUM": pl.Series(number // 900).cast(pl.String).str.zfill(10),
    })  # fmt: skip
    nights = rng.integers(0, 9, size)
    begin = (np.datetime64(f"{year}-01-01") - _EPOCH).astype(int) + rng.integers(0, 350, size)
    day = pl.Series(begin.astype(np.int32)).cast(pl.Date)
    end = pl.Series((begin + nights).astype(np.int32)).cast(pl.Date)

    def write(name: str, frame: pl.DataFrame) -> None:
        frame.write_parquet(folder / f"T_MCO{year % 100:02d}{name}.parquet")

    def drawn(codes: list[str]) -> pl.Series:
        return pl.Series(np.array(codes)[rng.integers(0, len(codes), size)])

    codes = {name: pl.lit("0") for name in ("NIR_RET", "NAI_RET", "SEX_RET", "SEJ_RET", "FHO_RET")}
    write(
        "C",
        keys.with_columns(
            NIR_ANO_17=_psa(number % persons), EXE_SOI_DTD=day, EXE_SOI_DTF=end, **codes
        ),
    )
    write("B", keys.with_columns(
        DGN_PAL=drawn(DIAGNOSES), GRG_GHM=pl.lit("05M092"), SEJ_NBJ=pl.Series(nights),
        ENT_MOD=pl.lit("8"), SOR_MOD=pl.lit("8"), TYP_GEN_RSA=pl.lit("0")))  # fmt: skip
    rank = "RUM_ORD_NUM" if year >= 2020 else "UM_ORD_NUM"
    write(
        "UM",
        keys.with_columns(
            pl.lit(1).alias(rank), DGN_PAL=drawn(DIAGNOSES), PAR_DUR_SEJ=pl.Series(nights)
        ),
    )
    write("D", pl.concat([keys.with_columns(ASS_DGN=drawn(DIAGNOSES)) for _ in range(3)]))
    acts = [
        keys.with_columns(CDC_ACT=drawn(ACTS), ACV_ACT=pl.lit("1"), PHA_ACT=pl.lit("0"),
                          ENT_DAT_DEL=pl.lit(0))
        for _ in range(2)
    ]  # fmt: skip
    write("A", pl.concat(acts))


if __name__ == "__main__":
    main()
