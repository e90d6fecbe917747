"""The other affinée tables of DCIR: transports, batches, pensions, rents and claims."""

from __future__ import annotations

import polars as pl

from etl.synthetic.catalogue import DRUG, catalogue, natures
from etl.synthetic.claims import Claims
from etl.synthetic.streams import pseudonym

_BATCHED = ("J07", "L04", "B03XA", "L01")
_INVALIDITY, _RENT = 7111, 8111


def text_day(name: str) -> pl.Expr:
    """Days from 1970 as a date."""
    return pl.col(name).cast(pl.Int32).cast(pl.Date)


def transports(keyed: pl.DataFrame, keys: tuple[str, ...]) -> dict[str, pl.DataFrame]:
    """One trip and one billed line for each transport; a return trip is two trips."""
    kinds = natures().filter(pl.col("kind") == "transport")["prs"]
    rows = keyed.filter(pl.col("prs").is_in(kinds.implode()) & (pl.col("day") > 0))
    trips = rows.with_columns(trip=pl.int_ranges(1, pl.col("quantity").abs() + 1)).explode("trip")
    return {
        "ER_TRS_F": trips.select(
            *keys,
            ITR_ORD_NUM="trip",
            TRS_DTD_DTE=text_day("day"),
            TRS_DTF_DTE=text_day("day"),
            TRS_TRP_HRD=pl.when(pl.col("trip") == 1).then(pl.lit("0830")).otherwise(pl.lit("1200")),
            TRS_TRP_HRA=pl.when(pl.col("trip") == 1).then(pl.lit("0905")).otherwise(pl.lit("1240")),
        ),
        "ER_DTR_F": rows.select(
            *keys,
            TRS_ORD_NUM=pl.lit(1),
            TRS_PRS_IDE="prs",
            TRS_ACT_QSN="quantity",
            TRS_ACT_PRU=pl.col("base") / pl.col("quantity") / 100,
            TRS_TRS_MTF=pl.lit(1),
        ),
    }


def batches(claims: Claims, keyed: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    """Batch numbers of vaccines and injectable drugs."""
    drugs = catalogue().frame.filter(
        (pl.col("kind") == DRUG) & pl.col("atc").str.contains("^(" + "|".join(_BATCHED) + ")")
    )
    codes = drugs.select(code=pl.col("index").cast(pl.Int32), text="code")
    rows = (
        claims.details.filter((pl.col("quantity") > 0) & (pl.col("fate") == ""))
        .join(codes, on="code", how="inner", maintain_order="left")
        .join(keyed.select("line", "day", *keys), on="line", how="inner", maintain_order="left")
    )
    # One batch a month for each product.
    month = text_day("day").dt.strftime("%y%m")
    letters = {text: pseudonym(text, 4).upper() for text in codes["text"].to_list()}
    return rows.select(
        *keys,
        PHA_ORD_NUM="order",
        LOT_ORD_NUM=pl.lit(1),
        LOT_PHA_NUM=pl.col("text").replace_strict(letters, return_dtype=pl.String) + month,
        LOT_PHA_QSN="quantity",
    )


def pensions(keyed: pl.DataFrame, keys: tuple[str, ...]) -> dict[str, pl.DataFrame]:
    """Invalidity pensions and work-accident rents."""
    invalidity = keyed.filter(pl.col("prs") == _INVALIDITY)
    rents = keyed.filter(pl.col("prs") == _RENT)
    return {
        "ER_INV_F": invalidity.select(
            *keys,
            INV_ATR_DTD=pl.date(2012, 1, 1),
            INV_PEN_CAT=pl.col("person") % 2 + 1,
            INV_PEN_ETA=pl.lit(1),
        ),
        "ER_RAT_F": rents.select(
            *keys,
            ATT_NAT=pl.lit(1),
            RAT_IPP_DTE=pl.date(2010, 6, 1),
            RAT_IPP_TAU=(pl.col("person") % 5 * 5 + 10).cast(pl.Float64),
        ),
    }


def headers(keyed: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    """One row per claim: seven of the nine keys."""
    seven = [key for key in keys if key not in ("PRS_ORD_NUM", "REM_TYP_AFF")]
    return keyed.unique(seven, keep="first", maintain_order=True).select(
        *seven,
        DCT_REM_DTD=text_day("treated"),
        DCT_ARR_DTE=text_day("treated"),
        DCT_MVT_SYS=pl.lit(1),
    )
