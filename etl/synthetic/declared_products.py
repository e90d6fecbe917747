"""Drugs declared with stays of rehabilitation and at home, and a few more hospital products."""

from __future__ import annotations

import polars as pl

from etl.synthetic import pmsi
from etl.synthetic.write import existed
from etl.synthetic.written import month, month_text, text_day, year_text

#: Infliximab, an anticancer drug under temporary authorisation, a costly one at home, and one that
#: is costly and on no list.
_REHABILITATION, _TEMPORARY, _HOME, _UNLISTED = "9213737", "9419723", "9191527", "9210236"
PRICE = 420.0
#: LPP of a cane: they go in pairs.
_SUPPORT = "1296787"
#: What the answers know of a product: the same columns whatever the table.
GIVEN = {
    "key": pl.String,
    "day": pl.Int32,
    "text": pl.String,
    "quantity": pl.Float64,
    "source": pl.String,
    "finess9": pl.String,
    "number": pl.String,
    "year": pl.Int32,
}
Frames = dict[str, pl.DataFrame]


def given(rows: pl.DataFrame, table: str, source: str) -> pl.DataFrame:
    """The true ones among rows of a table, in the years that had it."""
    years = [year for year in rows["year"].unique().to_list() if existed(table, year)]
    true = rows.filter((pl.col("fate") == "") & pl.col("year").is_in(years))
    return true.with_columns(source=pl.lit(source)).select(
        [pl.col(name).cast(kind) for name, kind in GIVEN.items()]
    )


def _declared() -> dict[str, pl.Expr]:
    return {
        "UCD_UCD_COD": pl.lit("000000") + pl.col("text"),
        "UCD_COD": pl.lit("  ") + pl.col("text"),
        "ADM_NBR": pl.col("quantity"),
        "ACH_PRI_ADM": pl.lit(PRICE),
        "DAT_DELAI": pl.col("day") - pl.col("start"),
        "ADM_ANN": year_text("day"),
        "ADM_MOIS": month_text("day"),
    }


def _dose(rows: pl.DataFrame, text: str, quantity: float) -> pl.DataFrame:
    return rows.with_columns(
        text=pl.lit(text),
        quantity=pl.lit(quantity, pl.Float64),
        day=pl.col("from_day").cast(pl.Int32),
    )


def _one_in(count: int, rows: pl.DataFrame) -> pl.DataFrame:
    """The first row and every so many after it: few rows give one at least."""
    return rows.filter(pl.int_range(pl.len()) % count == 0)


def rehabilitation(weeks: pl.DataFrame, wrong_ones: int) -> tuple[Frames, pl.DataFrame]:
    """Costly drugs in the first week of some stays; returned doses and absurd ones (R38a)."""
    first = weeks.filter(pl.col("rank") == 1)
    costly = _dose(first.filter((pl.col("stay") % 3 == 1) & ~pl.col("private")), _REHABILITATION, 3)
    wrong = costly.filter(pl.col("fate") == "").head(wrong_ones)
    wrong = wrong.with_columns(
        quantity=pl.when(pl.int_range(pl.len()) % 2 == 0).then(-1.0).otherwise(150.0),
        fate=pl.lit("R38a"),
    )
    special = _dose(first.filter(pl.col("stay") % 7 == 2), _TEMPORARY, 1)
    tables = {
        "T_SSRaaMED": pl.concat([costly, wrong]),
        "T_SSRaaMEDATU": special.filter(pl.col("year") <= 2021),
        "T_SSRaaMEDAPAC": special.filter(pl.col("year") >= 2022),
    }
    head = {"ETA_NUM": pl.col("finess9"), "RHA_NUM": pl.col("number")}
    frames = {
        name: rows.select("year", "fate", "RHS_NUM", **head, **_declared())
        for name, rows in tables.items()
    }
    return frames, pl.concat([given(rows, name, "SSR") for name, rows in tables.items()])


def at_home(parts: pl.DataFrame) -> tuple[Frames, pl.DataFrame]:
    """Costly drugs of the first sub-sequence; private hospitals bill them (FH)."""
    first = parts.filter((pl.col("sequence") == 1) & (pl.col("part") == 1))
    public, private = first.filter(~pl.col("private")), first.filter("private")
    early, late = pl.col("year") <= 2021, pl.col("year") >= 2022
    tables = {
        "T_HADaaMED": _dose(_one_in(3, public), _HOME, 2),
        "T_HADaaMEDATU": _dose(_one_in(5, public.filter(early)), _TEMPORARY, 1),
        "T_HADaaMEDAPAC": _dose(_one_in(5, public.filter(late)), _TEMPORARY, 1),
        "T_HADaaMEDCHL": _dose(_one_in(4, public), _UNLISTED, 1),
    }
    billed = pmsi.of_the_stay(_dose(_one_in(3, private), _HOME, 2), "R35")
    head = {"ETA_NUM_EPMSI": pl.col("finess9"), "RHAD_NUM": pl.col("number")}
    part = {"SEQ_SEJ": pl.col("SEQ_NUM"), "SSEQ_NUM": pl.col("SSEQ_NUM")}
    frames = {
        name: rows.select("year", "fate", **head, **part, **_declared())
        for name, rows in tables.items()
    }
    for name in ("T_HADaaMEDAPAC", "T_HADaaMEDCHL"):
        frames[name] = frames[name].drop("UCD_COD")
    frames["T_HADaaFH"] = billed.select(
        "year", "fate", **head,
        UCD_UCD_COD=pl.lit("000000") + pl.col("text"), COD_UCD="text", QUA_COD="quantity",
        COE_TAU=pl.lit(1.0), ACH_PRI=pl.lit(PRICE),
        FAC_TOT=pl.col("quantity") * PRICE, DEL_DAT_ENT=pl.col("day") - pl.col("start"),
        EXE_SOI_DTD=text_day("day"), EXE_SOI_AMD=month("day"), ENT_ANN=year_text("start"),
        ENT_MOI=month_text("start"), ETA_NUM_GEO="finess9",
    )  # fmt: skip
    tables["T_HADaaFH"] = billed
    return frames, pl.concat([given(rows, name, "HAD") for name, rows in tables.items()])


def thrombolysis(stays: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """T_MCOaaMEDTHROMBO: clot dissolved in half of the ischaemic strokes of public hospitals.

    The UCD of alteplase is in no public list at hand: infliximab stands in for it.
    """
    stroke = pl.col("main").str.starts_with("I63") & (pl.col("entry") == "emergency")
    chosen = stays.filter(stroke & (pl.col("stay") % 2 == 1) & ~pl.col("private"))
    rows = _dose(chosen.with_columns(from_day="start"), _REHABILITATION, 1)
    frame = rows.select(
        "year", "fate", ETA_NUM="finess9", RSA_NUM="number",
        **{name: value for name, value in _declared().items() if name != "ACH_PRI_ADM"},
        SEJ_NBR=pl.lit(1), ADM_PRI_ADM=pl.lit(PRICE), ANN=year_text("end"),
        MOI=month_text("end"),
    )  # fmt: skip
    return frame, given(rows, "T_MCOaaMEDTHROMBO", "MCO")


def external_devices(lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """T_MCOaaFPSTC: canes handed out at some emergency visits."""
    rows = lines.filter(pl.col("id") % 5 == 0).with_columns(
        text=pl.lit(_SUPPORT), quantity=pl.lit(2.0), finess9="ETA_NUM", number="SEQ_NUM"
    )
    frame = rows.select(
        "year", "fate", "ETA_NUM", "SEQ_NUM", LPP_COD=pl.lit("000000") + pl.col("text"),
        TIP_PRS_IDE="text", LPP_QUA=pl.col("quantity").cast(pl.Int64), FAC_MNT=pl.lit(18.0),
        DEL_DAT_ENT=pl.lit(0), EXE_SOI_DTD=text_day("day"), EXE_SOI_AMD=month("day"),
        ENT_ANN=year_text("day"), ENT_MOI=month_text("day"), ETA_NUM_GEO="ETA_NUM",
    )  # fmt: skip
    return frame, given(rows, "T_MCOaaFPSTC", "MCO_ACE")
