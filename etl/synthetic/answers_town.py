"""The part of the answer key that is made of lines of ER_PRS_F alone: places, schemes, money."""

from __future__ import annotations

import polars as pl

from etl.synthetic.written import text_day

#: What becomes of a line whose person, or day, cannot be believed.
_NOT_BELIEVED = ("R04", "R06", "R07", "R11a", "R11b", "quarantined")


def residences(keyed: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """Communes where a person lived when they had care, by line of ER_PRS_F (R44)."""
    return _stretches(keyed, keys, pl.col("insee").alias("commune"))


def schemes(keyed: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """Régimes that paid the care of a person; what PMSI pays does not count (R44)."""
    paid = (pl.col("fate") != "R17") & ((pl.col("fate") != "R16") | (pl.col("rem_type") != 1))
    return _stretches(keyed.filter(paid), keys, pl.col("organism").str.slice(0, 3).alias("scheme"))


def _stretches(keyed: pl.DataFrame, keys: pl.DataFrame, of: pl.Expr) -> pl.DataFrame:
    """First and last day of care, by person and ``of``."""
    believed = keyed.filter(~pl.col("fate").is_in(_NOT_BELIEVED) & pl.col("day").is_not_null())
    return (
        believed.join(keys, on="person", how="left", maintain_order="left")
        .group_by(pl.col("key").alias("person_key"), of)
        .agg(first_date=text_day("day").min(), last_date=text_day("day").max())
        .sort(pl.all())
    )


def costs(keyed: pl.DataFrame) -> pl.DataFrame:
    """Sums of ER_PRS_F and ER_ARO_F by year of flux and of care and by what becomes of the line."""
    base = pl.col("base")
    refund = (base * pl.col("rate") / 100).round().cast(pl.Int64)
    other = pl.when("covered").then(base - refund).otherwise(0)
    paid = base + pl.col("overrun") * pl.col("sign")
    return (
        keyed.group_by(
            flux_year=text_day("available").dt.year(),
            care_year=text_day("day").dt.year(),
            # a participation in external care is excluded by R16, and paid like any surcharge
            disposition=pl.when(pl.col("fate") == "")
            .then(pl.lit("event"))
            .when((pl.col("fate") == "R16") & (pl.col("rem_type") != 1))
            .then(pl.lit("R19"))
            .otherwise("fate"),
            maintain_order=True,
        )
        .agg(
            lines=pl.len(),
            PRS_PAI_MNT=paid.sum() / 100,
            BSE_REM_BSE=base.sum() / 100,
            BSE_REM_MNT=refund.sum() / 100,
            ARO_REM_MNT=other.sum() / 100,
        )
        .sort("flux_year", "care_year", "disposition")
    )
