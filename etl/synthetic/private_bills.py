"""Bills of private stays: laboratory tests, and all that rehabilitation adds to its daily price.

DCIR may record the same drug or test of the person during the stay: the bill then does not (R26).
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from etl.synthetic import declared_products, money, pmsi
from etl.synthetic.catalogue import DEVICE, HOSPITAL_DRUG, TEST, catalogue
from etl.synthetic.ssr import bill
from etl.synthetic.traps import Planted
from etl.synthetic.write import Tables, existed
from etl.synthetic.written import month, month_text, text_day, year_text

#: A visit of the doctor each week, and what insurance pays of it.
_FEE, _RATE = 28.0, 0.8
#: Blood count with creatinine in rehabilitation, with clotting time in a clinic.
_TESTS = {"SSR": ("1104", "0592"), "MCO": ("1104", "0126")}
#: Infliximab at its price in :mod:`declared_products`; half a unit has a column since 2017.
_DRUG, _UNITS, _FRACTION, _FRACTION_FROM = "9213737", 2.0, 0.5, 2017
#: A pair of canes for some, with a knee brace for half of them: one line until 2016.
_DEVICES, _TWO_A_LINE_UNTIL = (("1296787", 2.0), ("2124338", 1.0)), 2016
#: Before it files have months only: whether DCIR records the same is not certain.
_DAYS_FROM, _MONTHS = 2009, 62


@dataclass
class Bills:
    """What the bills alone record."""

    drugs: pl.DataFrame
    devices: pl.DataFrame
    tests: pl.DataFrame
    paid: pl.DataFrame


def render(
    stays: pl.DataFrame,
    files: pl.DataFrame,
    dispensed: pl.DataFrame,
    planted: Planted,
    tables: Tables,
) -> Bills:
    """Hand the tables of MCO stays and of yearly rehabilitation files over.

    ``dispensed``: details of DCIR that count, with kind, key (person), day and text (code).
    """
    clinics = stays.filter(
        pl.col("private") & pl.col("copy_of").is_null() & ~pl.col("sessions")
    ).with_columns(first_day="start", last_day="end", over="end")
    whole = files.filter("private").with_columns(over=pl.col("last_day").max().over("stay"))
    # No line of a bill without that of the daily price, which is as old as 2007.
    years = [year for year in whole["year"].unique().to_list() if existed("T_SSRaaFB", year)]
    whole = whole.filter(pl.col("year").is_in(years))
    begun = whole.filter(pl.col("first_day") == pl.col("start"))
    devices = _devices(begun)
    drugs = _once(_drugs(begun), dispensed.filter(pl.col("kind") == HOSPITAL_DRUG))
    known = dispensed.filter(pl.col("kind") == TEST)
    tests = {
        "T_MCOaaFL": _once(_tests(clinics, known, "MCO"), known),
        "T_SSRaaFL": _once(_tests(whole, known, "SSR"), known),
    }
    frames = {
        "T_SSRaaFA": _fa(whole), "T_SSRaaFC": _fc(whole), "T_SSRaaFH": _fh(drugs),
        "T_SSRaaFP": _fp(devices), "T_MCOaaFL": _fl(tests["T_MCOaaFL"], "RSA_NUM"),
        "T_SSRaaFL": _fl(tests["T_SSRaaFL"], "RHA_NUM"),
    }  # fmt: skip
    pmsi.add_tables(tables, planted, frames)
    return Bills(
        declared_products.given(drugs, "T_SSRaaFH", "SSR"),
        declared_products.given(devices, "T_SSRaaFP", "SSR"),
        pl.concat([declared_products.given(rows, name, name[2:5]) for name, rows in tests.items()]),
        money.counted(frames),
    )


def _some(rows: pl.DataFrame, count: int) -> pl.DataFrame:
    return rows.filter(pl.int_range(pl.len()) % count == 0)


def _once(rows: pl.DataFrame, dispensed: pl.DataFrame) -> pl.DataFrame:
    """R26 for what DCIR records during a true stay; without days, what is near is left out."""
    item = ["stay", "year", "text"]
    other = dispensed.select("key", "text", dcir_day="day")
    late = pl.col("year") >= _DAYS_FROM
    margin = pl.when(late).then(0).otherwise(_MONTHS)
    near = pl.col("dcir_day").is_between(pl.col("start") - margin, pl.col("over") + margin)
    both = rows.join(other, on=["key", "text"]).filter(near)
    twice = both.select(*item, twice=pl.lit(True)).unique()
    marked = rows.join(twice, on=item, how="left", maintain_order="left")
    is_twice = pl.col("twice").fill_null(False)
    fate = pl.when(is_twice & (pl.col("fate") == "")).then(pl.lit("R26")).otherwise("fate")
    return marked.filter(late | ~is_twice).with_columns(fate=fate)


def _tests(bills: pl.DataFrame, known: pl.DataFrame, field: str) -> pl.DataFrame:
    """Tests of the first day for half of the stays, and those that a laboratory billed too."""
    codes = pl.DataFrame({"text": list(_TESTS[field])})
    bills = bills.with_columns(quantity=pl.lit(1.0))
    first = _some(bills, 2).with_columns(day=pl.col("first_day").cast(pl.Int32))
    own = first.join(codes, how="cross", maintain_order="left_right")
    days = known.select("key", "text", pl.col("day").cast(pl.Int32)).unique(maintain_order=True)
    inside = pl.col("day").is_between("first_day", "last_day")
    theirs = bills.join(days, on="key", how="inner", maintain_order="left_right").filter(inside)
    every = pl.concat([own, theirs.select(own.columns)])
    return every.unique(["stay", "year", "text"], keep="first", maintain_order=True)


def _drugs(begun: pl.DataFrame) -> pl.DataFrame:
    fraction = pl.when(pl.col("year") >= _FRACTION_FROM).then(_FRACTION).otherwise(1.0)
    drugs = _some(begun, 4).with_columns(text=pl.lit(_DRUG), day="first_day", fraction=fraction)
    return drugs.with_columns(quantity=_UNITS * pl.col("fraction"))


def _devices(begun: pl.DataFrame) -> pl.DataFrame:
    """One row a device; ``place`` is its rank among those of the stay."""
    price = catalogue().frame.filter(pl.col("kind") == DEVICE).select(text="code", price="price")
    canes, braces = (
        {"text": pl.lit(code), "quantity": pl.lit(quantity), "place": pl.lit(place)}
        for place, (code, quantity) in enumerate(_DEVICES, start=1)
    )
    some = _some(begun.with_columns(day="first_day"), 2)
    parts = [some.with_columns(**canes), _some(some, 2).with_columns(**braces)]
    rows = pl.concat(parts).join(price, on="text", how="left", maintain_order="left")
    return rows.sort("finess9", "year", "number", "place")


def _head(number: str = "RHA_NUM") -> dict[str, pl.Expr]:
    return {"year": pl.col("year"), "fate": pl.col("fate"), "ETA_NUM": pl.col("finess9"),
            number: pl.col("number")}  # fmt: skip


def _dates(column: str = "day") -> dict[str, pl.Expr]:
    return {"DEL_DAT_ENT": pl.col(column) - pl.col("start"), "EXE_SOI_DTD": text_day(column),
            "EXE_SOI_AMD": month(column)}  # fmt: skip


def _fees() -> dict[str, pl.Expr]:
    """Number of visits, their tariff, what insurance pays, and who pays the rest."""
    count = ((pl.col("last_day") - pl.col("first_day")) // 7 + 1).cast(pl.Float64)
    total = count * _FEE
    paid = (total * _RATE).round(2)
    return {"number": count, "total": total, "paid": paid, "rest": (total - paid).round(2)}


def _fa(files: pl.DataFrame) -> pl.DataFrame:
    """Totals: the lines are the better source (R22c)."""
    fees, stay = _fees(), bill()
    plain = pl.col("fate") == ""
    return files.with_columns(fate=pl.when(plain).then(pl.lit("R22c")).otherwise("fate")).select(
        **_head(), COD_SEX=pl.col("sex").cast(pl.String), PH_MNT=stay["FAC_MNT"],
        PH_BRM=stay["REM_BAS"], PH_AMO_MNR=stay["AMO_MNR"], PH_OC_MNR=stay["AMC_MNR"],
        HON_MNT=fees["total"], HON_AM_MNR=fees["paid"], HON_OC_MNR=fees["rest"],
        EXE_SOI_DTD=text_day("first_day"), EXE_SOI_DTF=text_day("last_day"),
        EXE_SOI_AMD=month("first_day"), EXE_SOI_AMF=month("last_day"),
        SOR_ANN=year_text("last_day"), SOR_MOI=month_text("last_day"),
    )  # fmt: skip


def _fc(files: pl.DataFrame) -> pl.DataFrame:
    fees = _fees()
    return files.select(
        **_head(), ACT_COD=pl.lit("CS"), EXE_SPE=pl.lit("31"), ACT_NBR=fees["number"],
        PRI_UNI=pl.lit(_FEE), REM_BAS=fees["total"], REM_TAU=pl.lit(_RATE * 100),
        AMO_MNR=fees["paid"], AMC_MNR=fees["rest"], HON_MNT=fees["total"], **_dates("first_day"),
    )  # fmt: skip


def _fh(drugs: pl.DataFrame) -> pl.DataFrame:
    return drugs.select(
        **_head(), UCD_UCD_COD=pl.lit("000000") + pl.col("text"), COD_UCP_CIP="text",
        QUA_COD=pl.lit(_UNITS), FRACT_COE="fraction", ACH_PRI=pl.lit(declared_products.PRICE),
        FAC_TOT=pl.col("quantity") * declared_products.PRICE, **_dates(),
        ENT_ANN=year_text("start"), ENT_MOI=month_text("start"),
    )  # fmt: skip


def _fp(devices: pl.DataFrame) -> pl.DataFrame:
    """A line a device, but for the two of a stay that share one until 2016."""
    number, price = pl.col("quantity").cast(pl.Int64), pl.col("price") / 100
    together = pl.col("year") <= _TWO_A_LINE_UNTIL
    slots = {"LPP_COD": pl.lit(" ") + pl.col("text"), "LPP_QUA": number, "LPP_PRI_UNI": price,
             "FAC_MNT": number * price}  # fmt: skip
    second = devices.filter(together & (pl.col("place") == 2)).select(
        "stay", "year", **{f"{name}2": value for name, value in slots.items()}
    )
    rows = devices.filter(~together | (pl.col("place") == 1))
    return rows.join(second, on=["stay", "year"], how="left", maintain_order="left").select(
        **_head(), TIP_PRS_IDE="text", **slots,
        **{f"{name}1": value for name, value in slots.items()},
        **{f"{name}2": pl.col(f"{name}2") for name in slots}, **_dates(),
    )  # fmt: skip


def _fl(tests: pl.DataFrame, number: str) -> pl.DataFrame:
    return tests.select(
        **_head(number), NABM_COD=pl.lit("0000") + pl.col("text"), ACT_NBR="quantity", **_dates(),
        ANN_MOI=month("day"),
    )  # fmt: skip
