"""External consultations and emergency visits of public hospitals (T_MCOaaCSTC and its lines).

The same care is in DCIR as an information line (R16) or a direct invoice (R17): PMSI owns it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from etl.synthetic import declared_products, pmsi
from etl.synthetic import money as amounts
from etl.synthetic.catalogue import ACT, HOSPITAL_DRUG, TEST, catalogue, with_tail
from etl.synthetic.claims import Claims
from etl.synthetic.identities import Identities
from etl.synthetic.items import CLINIC, RETROCESSION
from etl.synthetic.mco import doubled_finess
from etl.synthetic.options import Options
from etl.synthetic.streams import Streams
from etl.synthetic.traps import Planted, portion
from etl.synthetic.world import World
from etl.synthetic.write import Tables
from etl.synthetic.written import cents, month, month_text, text_day, year_text

_EMERGENCY = 2238
_EMERGENCY_TESTS = ("1104", "1609", "1804")
_REQUEST = 1199
#: Fee codes of consultations; other natures are written CS. A request for advice alone (RQT) is
#: care at a distance.
_FEES = {
    1110: "G",
    1111: "C",
    1112: "CS",
    1114: "CSC",
    1117: "APC",
    1191: "TC",
    1199: "RQT",
    1911: "SF",
}


@dataclass
class External:
    """Bills with their fate, and the lines that count as events."""

    bills: pl.DataFrame
    acts: pl.DataFrame
    tests: pl.DataFrame
    drugs: pl.DataFrame
    paid: pl.DataFrame
    devices: pl.DataFrame


def _care(claims: Claims) -> pl.DataFrame:
    """Clinic lines with their coded detail, if any."""
    real = (pl.col("identity") == "real") & (pl.col("day").is_not_null())
    lines = claims.lines.filter(pl.col("where").is_in([CLINIC, RETROCESSION]) & real)
    codes = catalogue().frame.select(code=pl.col("index").cast(pl.Int32), text="code")
    details = claims.details.select("line", "code", "activity", detail_quantity="quantity")
    groups = with_tail("ccam").select(text="code", group="group")
    return (
        lines.join(details, on="line", how="left", maintain_order="left")
        .join(codes, on="code", how="left", maintain_order="left")
        .join(groups, on="text", how="left", maintain_order="left")
        .drop("fate")
        .with_columns(start="day", end="day", hospital="site")
    )


def _bills(
    care: pl.DataFrame,
    identities: Identities,
    streams: Streams,
    options: Options,
    world: World,
    planted: Planted,
) -> pl.DataFrame:
    """One bill for a person, a day and a hospital; a few have two (R39)."""
    bills = care.group_by("person", "day", "site", maintain_order=True).agg(
        base=pl.col("base").sum(),
        emergency=(pl.col("prs") == _EMERGENCY).any(),
        remote=(pl.col("prs") == _REQUEST).all(),
    )
    bills = bills.with_columns(
        id=pl.int_range(pl.len(), dtype=pl.Int64), start="day", end="day", hospital="site",
        year=text_day("day").dt.year(), fate=pl.lit(""), may_change=pl.lit(True),
        second_of=pl.lit(None, pl.Int64),
    )  # fmt: skip
    bills = pmsi.linked(bills, identities, world)
    bills = pmsi.plant_linkage(
        bills, identities, streams, options, name="ace", codes=pmsi.BILL_RETURN_CODES
    )
    plain = bills.filter(pl.col("fate") == "")
    second = plain.head(
        min(plain.height // 4, portion(streams, options, "two_bills_of_a_visit", 4))
    ).with_columns(second_of="id")
    planted.note("two_bills_of_a_visit", "R39", "T_MCOaaCSTC", "merged", second.height)
    early = plain.tail(plain.height // 4).filter(pl.col("year") <= 2017)
    doubled = early.head(portion(streams, options, "duplicated_finess", 3)).with_columns(
        fate=pl.lit("R30d"), finess9=doubled_finess(), second_of=pl.lit(-1, pl.Int64)
    )
    copies = pl.concat([second, doubled])
    copies = copies.with_columns(id=pl.lit(bills.height) + pl.int_range(pl.len(), dtype=pl.Int64))
    bills = pl.concat([bills, copies]).sort("finess9", "year", "id")
    return bills.with_columns(number=pmsi.numbered(streams, options, 8))


def render(
    claims: Claims,
    identities: Identities,
    streams: Streams,
    options: Options,
    world: World,
    planted: Planted,
    tables: Tables,
) -> External:
    """Hand the tables of external care over."""
    rng = streams.rng("external")
    care = _care(claims)
    bills = _bills(care, identities, streams, options, world, planted)
    first = bills.filter(pl.col("second_of").is_null())
    keys = ["person", "day", "site"]
    known = first.select(*keys, "year", "fate", "key", "id", ETA_NUM="finess9", SEQ_NUM="number")
    lines = care.join(known, on=keys, how="inner", maintain_order="left")
    common = {
        "DEL_DAT_ENT": pl.lit(0),
        "EXE_SOI_DTD": text_day("day"),
        "EXE_SOI_AMD": month("day"),
        "SOR_ANN": year_text("day"),
        "SOR_MOI": month_text("day"),
        "ETA_NUM_GEO": pl.col("ETA_NUM"),
    }
    entered = {
        name: common[name] for name in ("DEL_DAT_ENT", "EXE_SOI_DTD", "EXE_SOI_AMD", "ETA_NUM_GEO")
    }
    head = ["year", "fate", "ETA_NUM", "SEQ_NUM"]
    money = {
        "ACT_NBR": pl.lit(1.0),
        "ACT_COE": pl.lit(1.0),
        "PRI_UNI": cents("base"),
        "REM_BAS": cents("base"),
        "REM_TAU": pl.col("rate").cast(pl.Float64),
        "AMO_MNR": (pl.col("base") * pl.col("rate") / 100).round() / 100,
        "HON_MNT": cents("base"),
    }
    emergency = pl.col("prs") == _EMERGENCY
    fees = lines.filter(~emergency & (pl.col("where") == CLINIC)).with_columns(
        fee=pl.coalesce(
            pl.col("group"),
            pl.col("prs").replace_strict(_FEES, default="CS", return_dtype=pl.String),
        )
    )
    surcharged = (
        fees.head(fees.height // 8)
        .head(portion(streams, options, "surcharge_of_a_bill", 5))
        .with_columns(
            fee=pl.concat_str(pl.col("fee").str.pad_end(4), pl.lit("F")),
            base=pl.lit(1900, pl.Int64),
            fate=pl.when(pl.col("fate") == "").then(pl.lit("R39")).otherwise("fate"),
        )
    )
    fees = pl.concat([fees, surcharged])
    acts = lines.filter((pl.col("kind") == ACT) & (pl.col("where") == CLINIC))
    tests = _emergency_tests(lines.filter(emergency), rng)
    drugs = lines.filter(pl.col("kind") == HOSPITAL_DRUG)
    planted.note("retrocession_in_both", "R26", "T_MCOaaFHSTC", "duplicate", drugs.height)
    implants, devices = declared_products.external_devices(lines.filter(emergency))
    frames = {
        "T_MCOaaFPSTC": implants,
        "T_MCOaaCSTC": _cstc(bills),
        "T_MCOaaFASTC": _fastc(bills),
        "T_MCOaaFBSTC": lines.filter(emergency).select(
            *head,
            # The emergency fee took the place of ATU in 2022.
            ACT_COD=pl.when(pl.col("year") < 2022).then(pl.lit("ATU")).otherwise(pl.lit("FU")),
            **money, **common,
        ),
        "T_MCOaaFCSTC": fees.select(*head, ACT_COD="fee", EXE_SPE=pl.lit("01"), **money, **common),
        "T_MCOaaFMSTC": acts.select(
            *head, CCAM_COD="text", ACV_ACT=pl.col("activity").cast(pl.String), PHA_ACT=pl.lit("0"),
            **common,
        ),
        "T_MCOaaFLSTC": tests.select(
            *head, NABM_COD="test", ACT_NBR=pl.lit(1.0), **entered,
            ANN_MOI=month("day"),
        ),
        "T_MCOaaFHSTC": drugs.select(
            *head, UCD_UCD_COD=pl.lit("000000") + pl.col("text"),
            QUA=pl.col("detail_quantity") * 1.0,
            FRACT_COE=pl.lit(1.0), ACH_PRU_TTC=cents("base") / pl.col("quantity"),
            FAC_MNT=cents("base"), **entered, ENT_ANN=year_text("day"), ENT_MOI=month_text("day"),
        ),
        "T_MCOaaVALOACE": bills.select(
            "year", "fate", ETA_NUM="finess9", SEQ_NUM="number", VALO=pl.lit("1"),
            NBLIGNE=pl.lit(1), MNT_BR=cents("base"),
            MNT_REMB=(pl.col("base") * 7 // 10) / 100, MNT_VAL=(pl.col("base") * 7 // 10) / 100,
        ),
    }  # fmt: skip
    pmsi.add_tables(tables, planted, frames)
    return External(bills, acts, tests, drugs, amounts.counted(frames), devices)


def _emergency_tests(visits: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Laboratory tests of some emergency visits: DCIR never sees them."""
    tested = visits.filter(pl.Series(rng.random(visits.height) < 0.4))
    tests = pl.DataFrame({"test": list(_EMERGENCY_TESTS)})
    return tested.join(tests, how="cross", maintain_order="left_right").with_columns(
        kind=pl.lit(TEST, pl.Int32)
    )


def _cstc(bills: pl.DataFrame) -> pl.DataFrame:
    return bills.select(
        "year", "fate", ETA_NUM="finess9", SEQ_NUM="number", NIR_ANO_17="psa",
        **pmsi.stay_dates(), SEJ_NUM=(pl.col("id") % 100_000).cast(pl.String).str.zfill(5),
        **pmsi.return_codes(pmsi.BILL_RETURN_CODES), ETA_NUM_GEO="finess9",
        RAC_MNT_PAT=pl.lit(0.0),
    )  # fmt: skip


def _fastc(bills: pl.DataFrame) -> pl.DataFrame:
    refund = (pl.col("base") * 7 // 10) / 100
    return bills.select(
        "year", "fate", ETA_NUM="finess9", SEQ_NUM="number",
        **{name: value for name, value in pmsi.patient().items() if name != "AGE_JOU"},
        PH_MNT=pl.lit(0.0), PH_BRM=pl.lit(0.0), PH_AMO_MNR=pl.lit(0.0), HON_MNT=cents("base"),
        HON_AM_MNR=refund, EXE_SOI_DTD=text_day("day"), EXE_SOI_DTF=text_day("day"),
        SOR_ANN=year_text("day"), SOR_MOI=month_text("day"), ETA_NUM_GEO="finess9",
    )  # fmt: skip
