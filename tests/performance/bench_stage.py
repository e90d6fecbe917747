"""How fast a full-width ER_PRS_F is staged, and with how much memory: ``make bench``.

Targets: at least 200,000 rows per CPU-second with the contract's columns kept, under 1.5 GiB.
Plain script, not a test: it writes about a gigabyte to a temporary folder and removes it.
"""

from __future__ import annotations

import argparse
import gzip
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from etl.contracts.models import Column
from etl.contracts.registry import contracts

# Columns of ER_PRS_F that the contract does not load (names of the published SNDS schema).
OTHERS = tuple(
    """
    BEN_CMU_CAT BEN_CMU_ORG BEN_EHP_TOP BEN_IAT_CAT BEN_PAI_CMU BEN_QAF_COD PRE_PRE_AMD PRS_HOS_AMD
    BSE_REM_SGN CPL_REM_PRU CPL_REM_SGN PRS_ETA_RAC RGO_MOD_MNT ORB_BSE_NUM ORL_BSE_NUM ACC_TIE_IND
    BSE_FJH_TYP CPL_ANO_COD CPL_FJH_TYP DRG_MOD DRG_NAT IJR_EMP_NUM IJR_RVL_NAT ORG_CLE_NEW
    PRE_REN_COD PRS_CRD_OPT PRS_OPS_TRF PRS_PDS_QCP PRS_PDS_QTP PRS_PPF_COD PRS_PRE_MTT PRS_REF_KIN
    PRS_TOP_ENP PRS_TYP_KIN RGO_FTA_COD RGO_MIN_TAU RGO_THE_TAU PSE_CNV_COD PSE_REF_ADH PSP_CNV_COD
    PSP_REF_ADH PSP_SVI_PPS BEN_DRT_SPF EXE_CTX_PFS PRS_TYP_MAJ EXE_CTX_BEN CPL_FTA_COD BEN_CTA_TYP
    PRS_DRA_AME DRG_AFF_NAT PRS_MNT_MAJ PRE_IND_PEL PRS_DIS_PRE CPL_REM_TAU PRS_QTT_MAJ PRS_PPU_SEC
    """.split()  # noqa: SIM905
)
ROWS_PER_PIECE = 50_000
# Columns that are empty on most lines of a real delivery.
RARE = {"PRS_GRS_DTD", "PRS_HOS_DTD", "PRS_DRA_DTD", "BEN_DCD_DTE", "BEN_DCD_AME", "PSP_PPS_NUM"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--gzip", action="store_true", help="stage a .csv.gz instead")
    parser.add_argument("--latin1", action="store_true", help="one accent a line, in Latin-1")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-stage-") as folder:
        delivery = Path(folder) / "delivery"
        delivery.mkdir()
        path = delivery / ("ER_PRS_F_2019.csv" + (".gz" if options.gzip else ""))
        size, rows = write_delivery(path, options.megabytes << 20, latin1=options.latin1)
        report(path.name, size, rows, Path(folder), delivery)


def report(name: str, size: int, rows: int, folder: Path, delivery: Path) -> None:
    """Stage in a process of its own and print what it took, start-up included."""
    command = [sys.executable, "-m", "etl", "stage", "--input", str(delivery), "--quiet"]
    begun = time.perf_counter()
    subprocess.run([*command, "--workspace", str(folder / "workspace")], check=True)
    wall = time.perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime
    parts = (folder / "workspace").rglob("part-*.parquet")
    lake = sum(part.stat().st_size for part in parts)
    n_columns = len(contracts()["ER_PRS_F"].columns) + len(OTHERS)
    print(f"{name}: {size / 1e6:,.0f} MB of text, {rows:,} rows, {n_columns} columns")
    print(f"  {rows / wall:,.0f} rows/s ({wall:.1f} s)")
    print(f"  {rows / cpu:,.0f} rows per CPU-second ({cpu:.1f} CPU-s)")
    print(f"  peak memory {used.ru_maxrss / 2**20:.2f} GiB")
    print(f"  lake {lake / 1e6:,.0f} MB")


def write_delivery(path: Path, size: int, *, latin1: bool) -> tuple[int, int]:
    """Write a file of about ``size`` bytes of text; return its exact size and number of rows."""
    rng = np.random.default_rng(2019)
    columns = list(contracts()["ER_PRS_F"].columns)
    columns += [Column(name=name, type="numeric_code") for name in OTHERS]
    written = rows = 0
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wb") as file:
        header = ";".join(column.name for column in columns) + "\n"
        written += file.write(header.encode())
        while written < size:
            piece = _piece(columns, rng).write_csv(
                separator=";", include_header=False, quote_style="never"
            )
            if latin1:
                piece = piece.replace("P0", "Pé")
            written += file.write(piece.encode("latin-1"))
            rows += ROWS_PER_PIECE
    return written, rows


def _piece(columns: list[Column], rng: np.random.Generator) -> pl.DataFrame:
    """Rows with a value in about two fields out of three, as in a claims delivery."""
    frame = {}
    for column in columns:
        values = _values(column, rng)
        filled = 1.0 if _always(column) else 0.02 if column.name in RARE else 0.65
        empty = rng.random(ROWS_PER_PIECE) >= filled
        frame[column.name] = pl.Series(np.where(empty, "", values)).replace("", None)
    return pl.DataFrame(frame)


def _always(column: Column) -> bool:
    contract = contracts()["ER_PRS_F"]
    return column.name in {*contract.key, *contract.required, "EXE_SOI_DTD", "PRS_PAI_MNT"}


def _values(column: Column, rng: np.random.Generator) -> np.ndarray:
    n = ROWS_PER_PIECE
    if column.name == "BEN_NIR_PSA":
        return np.char.mod("P%016d", rng.integers(0, 10**6, n))
    match column.type:
        case "date":
            days = np.datetime64("2018-01-01") + rng.integers(0, 730, n)
            return days.astype("datetime64[D]").astype(str)
        case "month":
            return np.char.mod("2019%02d", rng.integers(1, 13, n))
        case "decimal":
            return np.char.mod("%.2f", rng.integers(0, 20_000, n) / 100)
        case "integer":
            return np.char.mod("%d", rng.integers(0, 10_000, n))
        case "code":
            return np.char.mod(f"%0{column.pad or 9}d", rng.integers(0, 10_000, n))
        case _:  # a few codes make most of the lines
            return np.char.mod("%d", 10 * rng.geometric(0.1, n))


if __name__ == "__main__":
    main()
