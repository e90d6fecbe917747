"""The reimbursements as Spark users flatten them today, for `bench_comparison.py` to measure.

Files to Parquet, ER_PRS_F left-joined to all its detail tables at once on the nine columns, the
wide table kept by flux month, then the events picked out of it. Written from the published
description of the method (arXiv 1910.07045), not from anybody's code.
``python spark_way.py {convert|flatten|extract} DELIVERY FOLDER``, one step a process.
"""

from __future__ import annotations

import json
import sys
from functools import reduce
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

NINE = ["DCT_ORD_NUM", "FLX_DIS_DTD", "FLX_EMT_NUM", "FLX_EMT_ORD", "FLX_EMT_TYP",
        "FLX_TRT_DTD", "ORG_CLE_NUM", "PRS_ORD_NUM", "REM_TYP_AFF"]  # fmt: skip
# What identifies an event in each detail table: its rank within the line, and its code.
EVENTS = {
    "ER_PHA_F": ("PHA_ORD_NUM", "PHA_PRS_C13"),
    "ER_UCD_F": ("UCD_ORD_NUM", "UCD_UCD_COD"),
    "ER_CAM_F": ("CAM_ORD_NUM", "CAM_PRS_IDE"),
    "ER_BIO_F": ("BIO_ORD_NUM", "BIO_PRS_IDE"),
    "ER_TIP_F": ("TIP_ORD_NUM", "TIP_PRS_IDE"),
}
OTHERS = ("ER_ETE_F",)


def main(step: str, delivery: Path, folder: Path) -> None:
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.memory", "6g")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "16")
        .config("spark.local.dir", str(folder / "temp"))
        .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    STEPS[step](spark, delivery, folder)
    _end(spark)


def convert(spark: SparkSession, delivery: Path, folder: Path) -> None:
    """CSV to Parquet, every column, typed as text: what a flattening job reads."""
    for table in ("ER_PRS_F", *EVENTS, *OTHERS):
        files = [str(file) for file in sorted(delivery.glob(f"{table}*.csv"))]
        if files:
            rows = spark.read.csv(files, sep=";", header=True)
            rows.write.mode("overwrite").parquet(str(folder / "parquet" / table))


def flatten(spark: SparkSession, _delivery: Path, folder: Path) -> None:
    """One wide table: a line of ER_PRS_F and all columns of its details, by flux month."""
    wide = spark.read.parquet(str(folder / "parquet" / "ER_PRS_F"))
    for table in (one for one in (*EVENTS, *OTHERS) if (folder / "parquet" / one).is_dir()):
        details = spark.read.parquet(str(folder / "parquet" / table))
        own = [name for name in details.columns if name not in NINE]
        renamed = details.select(*NINE, *(f.col(one).alias(f"{table}__{one}") for one in own))
        wide = wide.join(renamed, on=NINE, how="left")
    wide = wide.withColumn("flux", f.regexp_replace("FLX_DIS_DTD", r"\W", "-"))
    wide.write.mode("overwrite").partitionBy("flux").parquet(str(folder / "flat"))


def extract(spark: SparkSession, _delivery: Path, folder: Path) -> None:
    """Events: who, what kind, which code, when, from which line; and how many by table."""
    wide = spark.read.parquet(str(folder / "flat"))
    present = (table for table, (rank, _) in EVENTS.items() if f"{table}__{rank}" in wide.columns)
    events = reduce(DataFrame.unionByName, (_events(wide, table) for table in present))
    events.write.mode("overwrite").parquet(str(folder / "events"))
    counted = spark.read.parquet(str(folder / "events")).groupBy("source_table").count()
    rows = {row["source_table"]: row["count"] for row in counted.collect()}
    (folder / "events.json").write_text(json.dumps(rows), encoding="utf-8")


def _events(wide: DataFrame, table: str) -> DataFrame:
    rank, code = EVENTS[table]
    return (
        wide.where(f.col(f"{table}__{rank}").isNotNull())
        .select(
            f.lit(table).alias("source_table"),
            "BEN_NIR_PSA",
            "BEN_RNG_GEM",
            "EXE_SOI_DTD",
            f.col(f"{table}__{code}").alias("code"),
            *NINE,
            f.col(f"{table}__{rank}").alias("rank"),
        )
        # the wide join repeats a drug for each act of its line
        .distinct()
    )


def _end(spark: SparkSession) -> None:
    """Wait for the Java process, so that what it used is counted as ours."""
    gateway = spark.sparkContext._gateway
    spark.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait()


STEPS = {"convert": convert, "flatten": flatten, "extract": extract}

if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
