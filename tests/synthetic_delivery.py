"""A delivery of the generator, read by SQL that shares nothing with the generator."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl

from etl.contracts.registry import recognise
from etl.synthetic import SynthReport, generate

YEARS = range(2016, 2022)
KEYS = (
    "DCT_ORD_NUM, FLX_DIS_DTD, FLX_EMT_NUM, FLX_EMT_ORD, FLX_EMT_TYP, FLX_TRT_DTD, ORG_CLE_NUM, "
    "PRS_ORD_NUM, REM_TYP_AFF"
)


def delivered(folder: Path) -> SynthReport:
    """Files of 1,500 persons in six years, and their answer key."""
    return generate(folder, persons=1500, seed=5, years=YEARS)


def read(report: SynthReport) -> duckdb.DuckDBPyConnection:
    """All files of a table as one view, text only; `year` is that of the file name."""
    base = duckdb.connect()
    names: dict[str, list[Path]] = {}
    for path in sorted(report.output.glob("*.csv")):
        found = recognise(path.name)
        assert found, path.name
        names.setdefault(found.contract.table, []).append(path)
    for table, paths in names.items():
        listed = ", ".join(f"'{path}'" for path in paths)
        base.execute(
            f"create view {table} as select *, regexp_extract(filename, '_(\\d{{4}})\\.csv', 1) as "
            f"file_year from read_csv([{listed}], delim=';', header=true, all_varchar=true, "
            "union_by_name=true, filename=true, quote='')"
        )
    for path in sorted((report.output / "answers").glob("*.csv")):
        base.execute(
            f"create view answer_{path.stem} as select * from read_csv('{path}', delim=';', "
            "header=true, all_varchar=true, quote='')"
        )
    # One row a key: those delivered twice are another trap.
    base.execute(f"create view prs as select distinct on ({KEYS}) * from ER_PRS_F")
    base.execute(f"create view ete as select distinct on ({KEYS}) * from ER_ETE_F")
    return base


def one(sql: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(sql.execute(query).fetchall()[0][0])


def expected(report: SynthReport, rule: str, table: str, *, trap: str | None = None) -> int:
    rows = report.traps.filter((pl.col("rule_id") == rule) & (pl.col("source_table") == table))
    if trap:
        rows = rows.filter(pl.col("trap") == trap)
    return int(rows["rows_planted"].sum())
