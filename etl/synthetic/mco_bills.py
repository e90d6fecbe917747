"""What stays cost and what is billed in addition: drugs, implants, values, private invoices."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from etl.synthetic import declared_products, money, pmsi
from etl.synthetic.catalogue import DEVICE, HOSPITAL_DRUG, catalogue
from etl.synthetic.hospital import TEMPORARY_DRUGS
from etl.synthetic.options import Options
from etl.synthetic.streams import Streams
from etl.synthetic.traps import Planted, portion
from etl.synthetic.write import Tables
from etl.synthetic.written import cents, month, month_text, text_day, ucd, year_text

#: Fee of a doctor on the bill of a private stay, in euros.
_FEE = 28.0
_AVASTIN = ("9261104", "9261110")


@dataclass
class Products:
    """True products of stays, for the answers; not the drugs that DCIR records (R26)."""

    drugs: pl.DataFrame
    devices: pl.DataFrame
    paid: pl.DataFrame
    clots: pl.DataFrame


def _products(stays: pl.DataFrame, products: pl.DataFrame) -> pl.DataFrame:
    """Products of delivered stays, none of them copies."""
    own = stays.filter(pl.col("copy_of").is_null()).select(
        "stay", "person", "start", "end", "year", "fate", "private", "sessions", "key",
        ETA_NUM="finess9", RSA_NUM="number",
    )  # fmt: skip
    codes = catalogue().frame.select(
        code=pl.col("index").cast(pl.Int32), text="code", price="price"
    )
    rows = products.sort("stay", "kind", "code")
    return own.join(rows, on="stay", how="inner", maintain_order="left").join(
        codes, on="code", how="left", maintain_order="left"
    )


def render(
    stays: pl.DataFrame,
    products: pl.DataFrame,
    streams: Streams,
    options: Options,
    planted: Planted,
    tables: Tables,
) -> Products:
    """Hand the tables over; returns what was really given, put in and paid."""
    rows = _products(stays, products)
    drugs = rows.filter(pl.col("kind") == HOSPITAL_DRUG)
    devices = rows.filter(pl.col("kind") == DEVICE)
    public, private = drugs.filter(~pl.col("private")), drugs.filter("private")
    temporary = pl.col("text").is_in(TEMPORARY_DRUGS)
    special = drugs.filter(temporary)
    both = public.filter(pl.col("text").is_in(_AVASTIN) & (pl.col("year") <= 2021))
    both = both.head(portion(streams, options, "drug_declared_twice", 2)).with_columns(
        fate=pl.when(pl.col("fate") == "").then(pl.lit("R38b")).otherwise("fate")
    )
    atu = pl.concat([special.filter(pl.col("year") <= 2021), both])
    thrombolysis, clots = declared_products.thrombolysis(stays)
    frames = {
        "T_MCOaaMEDTHROMBO": thrombolysis,
        "T_MCOaaMED": _med(public.filter(~temporary), streams, options),
        "T_MCOaaMEDATU": _declared(atu),
        "T_MCOaaMEDAPAC": _declared(special.filter(pl.col("year") >= 2022)).drop("UCD_COD"),
        "T_MCOaaDMIP": _dmip(devices.filter(~pl.col("private"))),
        "T_MCOaaFH": _fh(private.filter(~temporary)),
        "T_MCOaaFP": _fp(devices.filter("private")),
        **_money(stays),
    }
    pmsi.add_tables(tables, planted, frames)
    billed = pl.col("private") & ~temporary
    twice = drugs.filter(billed & (pl.col("fate") == "")).height
    planted.note("private_drug_in_both", "R26", "T_MCOaaFH", "duplicate", twice)
    return Products(drugs.filter(~billed), devices, money.counted(frames), clots)


def _head() -> dict[str, pl.Expr]:
    return {
        "year": pl.col("year"),
        "fate": pl.col("fate"),
        "ETA_NUM": pl.col("ETA_NUM"),
        "RSA_NUM": pl.col("RSA_NUM"),
    }


def _ucd() -> dict[str, pl.Expr]:
    """UCD on thirteen digits; until 2014 also on nine with leading blanks."""
    return {
        "UCD_UCD_COD": ucd(),
        "UCD_COD": pl.lit("  ") + pl.col("text"),
    }


def _med(drugs: pl.DataFrame, streams: Streams, options: Options) -> pl.DataFrame:
    """Drugs paid in addition to the tariff. Before 2019 every session of a series carries the whole
    quantity and the number of sessions it is spread over (R38)."""
    series = ["ETA_NUM", "year", "person", "text"]
    spread = (pl.col("year") < 2019) & pl.col("sessions")
    rows = drugs.with_columns(
        sessions_of=pl.when(spread).then(pl.len().over(series)).otherwise(1),
        given=pl.when(spread).then(pl.col("quantity").sum().over(series)).otherwise("quantity"),
    )
    rows = rows.select(
        **_head(), **_ucd(),
        COD_LES=pl.lit(None, pl.String),
        ADM_NBR="given", NBR_SEJ="sessions_of", ADM_NBR_PRI=cents("price"), DELAI=pl.lit(0),
        DAT_ADM_ANN=year_text("start"), ADM_MOIS=month_text("start"),
        ANN=year_text("end"), MOI=month_text("end"),
    )  # fmt: skip
    plain = rows.filter(pl.col("fate") == "").head(
        portion(streams, options, "impossible_quantity", 2)
    )
    # Returned to the pharmacy, never given, and an impossible quantity.
    wrong = [-1.0, 0.0]
    bad = plain.with_columns(
        fate=pl.lit("R38a"),
        ADM_NBR=(pl.int_range(pl.len()) % len(wrong)).replace_strict(
            dict(enumerate(wrong)), return_dtype=pl.Float64
        ),
    )
    return pl.concat([rows, bad])


def _declared(drugs: pl.DataFrame) -> pl.DataFrame:
    return drugs.select(
        **_head(), **_ucd(),
        COD_LES=pl.lit(None, pl.String),
        ADM_NBR="quantity", SEJ_NBR=pl.lit(1), ACH_PRI_ADM=cents("price"), DAT_DELAI=pl.lit(0),
        ADM_ANN=year_text("start"), ADM_MOIS=month_text("start"),
        ANN=year_text("end"), MOI=month_text("end"),
    )  # fmt: skip


def _dmip(devices: pl.DataFrame) -> pl.DataFrame:
    return devices.select(
        **_head(),
        LPP_COD=pl.lit("  ") + pl.col("text"), TIP_PRS_IDE="text",
        NBR_POS=pl.col("quantity").cast(pl.Int64), NBR_POS_PRI=cents("price"), DELAI=pl.lit(0),
        DAT_POS_ANN=year_text("start"), MOI_POS=month_text("start"),
        ANN=year_text("end"), MOI=month_text("end"),
    )  # fmt: skip


def _fh(drugs: pl.DataFrame) -> pl.DataFrame:
    return drugs.select(
        **_head(),
        UCD_UCD_COD=pl.lit("000000") + pl.col("text"), COD_UCD="text",
        QUA_COD="quantity", COE_TAU=pl.lit(1.0), ACH_PRI=cents("price"),
        FAC_TOT=pl.col("price") * pl.col("quantity") / 100, DEL_DAT_ENT=pl.lit(0),
        EXE_SOI_DTD=text_day("start"), EXE_SOI_AMD=month("start"),
        ENT_ANN=year_text("start"), ENT_MOI=month_text("start"),
    )  # fmt: skip


def _fp(devices: pl.DataFrame) -> pl.DataFrame:
    return devices.select(
        **_head(),
        LPP_COD="text", TIP_PRS_IDE="text", LPP_QUA=pl.col("quantity").cast(pl.Int64),
        LPP_PRI_UNI=cents("price"), FAC_MNT=pl.col("price") * pl.col("quantity") / 100,
        DEL_DAT_ENT=pl.lit(0), EXE_SOI_DTD=text_day("start"), EXE_SOI_AMD=month("start"),
        ENT_ANN=year_text("start"), ENT_MOI=month_text("start"),
    )  # fmt: skip


def stay_value() -> tuple[pl.Expr, pl.Expr]:
    """Base and refund of a stay, in cents: refused when its group is in error."""
    base = pl.col("value").cast(pl.Int64) * 100 + pl.col("stay").cast(pl.Int64) % 97
    return base, base * 8 // 10


def _money(stays: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """VALO and STC of public stays, FA and FB of private ones."""
    base, refund = stay_value()
    known = stays.with_columns(base=base, refund=refund, ETA_NUM="finess9", RSA_NUM="number")
    public, private = known.filter(~pl.col("private")), known.filter("private")
    error = pl.col("kind").str.starts_with("90")
    plain = pl.col("fate") == ""
    # A few true stays are not paid for (R22a).
    refused = plain & (pl.col("stay") % 61 == 5)
    valued = public.with_columns(refused=refused | error, fate=pl.when(refused)
        .then(pl.lit("R22a")).otherwise("fate"))  # fmt: skip
    # Since 2011 VALO holds what was paid; for private stays DCIR, which bills them, does.
    stated = public.with_columns(fate=pl.when(plain & (pl.col("year") >= 2011))
        .then(pl.lit("R22c")).otherwise("fate"))  # fmt: skip
    private = private.with_columns(fate=pl.when(plain).then(pl.lit("R22b")).otherwise("fate"))
    amounts = {
        name: pl.when(error).then(0.0).otherwise(cents(column))
        for name, column in (
            ("MT_TOT_AM", "refund"), ("MT_TOT_BR", "base"), ("MT_TOT", "base"),
            ("MT_GHS_AM", "refund"), ("MT_GHS_BR", "base"),
        )
    }  # fmt: skip
    dates = {
        "DEL_DAT_ENT": pl.lit(0),
        "EXE_SOI_DTD": text_day("start"),
        "EXE_SOI_DTF": text_day("end"),
        "EXE_SOI_AMD": month("start"),
        "EXE_SOI_AMF": month("end"),
        "SOR_ANN": year_text("end"),
        "SOR_MOI": month_text("end"),
    }
    total = {name: value for name, value in dates.items() if name != "DEL_DAT_ENT"}
    return {
        "T_MCOaaVALO": valued.select(
            **_head(),
            VALO=pl.when("refused").then(pl.lit("0")).otherwise(pl.lit("1")),
            GHS_NUM=pl.col("ghs").cast(pl.String), ETE_GHS_NUM="ghs", PONDER=pl.lit(1), **amounts,
        ),
        "T_MCOaaSTC": stated.select(
            **_head(), EXO_TM=pl.lit("0"), FAC_SEJ_AM=pl.lit("1"), FAC_NBR_VEN=pl.lit(1),
            REM_BAS_MNT=cents("base"), REM_TAU=pl.lit(80.0), TOT_MNT_AM=cents("refund"),
            TOT_MNT_AMC=pl.when(pl.col("year") >= 2012)
            .then((pl.col("base") - pl.col("refund")) / 100),
        ),
        "T_MCOaaFA": private.select(
            **_head(), COD_SEX=pl.col("sex").cast(pl.String), PH_MNT=cents("base"),
            PH_BRM=cents("base"), PH_AMO_MNR=cents("refund"), HON_MNT=pl.lit(_FEE),
            HON_AM_MNR=pl.lit(_FEE), **total,
        ),
        "T_MCOaaFC": private.select(
            **_head(), ACT_COD=pl.lit("CS"), ACT_NBR=pl.lit(1.0), PRI_UNI=pl.lit(_FEE),
            REM_BAS=pl.lit(_FEE), REM_TAU=pl.lit(100.0), AMO_MNR=pl.lit(_FEE),
            HON_MNT=pl.lit(_FEE),
            **{name: value for name, value in dates.items() if not name.endswith("F")},
        ),
        "T_MCOaaFB": private.select(
            **_head(), ACT_COD=pl.lit("GHS"), ACT_NBR=pl.lit(1.0), ACT_COE=pl.lit(1.0),
            PRI_UNI=cents("base"), REM_BAS=cents("base"), REM_TAU=pl.lit(80.0),
            AMO_MNR=cents("refund"), FAC_MNT=cents("base"),
            GHS_NUM=pl.col("ghs").cast(pl.String), ETE_GHS_NUM="ghs", **dates,
        ),
    }  # fmt: skip
