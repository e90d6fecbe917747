"""External consultations of rehabilitation hospitals: a check-up some weeks after a stay.

What is done there follows from why the patient was in rehabilitation: an electrocardiogram for the
heart, an X-ray of the pelvis for bones and joints, a blood test for both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from etl.synthetic import declared_products, pmsi
from etl.synthetic import money as amounts_of_bills
from etl.synthetic.catalogue import TEST
from etl.synthetic.identities import Identities
from etl.synthetic.options import Options
from etl.synthetic.streams import Streams
from etl.synthetic.traps import Planted
from etl.synthetic.world import World
from etl.synthetic.write import Tables
from etl.synthetic.written import month, month_text, text_day, year_text

_AFTER = 45
_FEE = 3000
#: Acts by kind of rehabilitation, tests of a blood sample, and the hospital's fee for its rooms.
_ACTS = {"05A": "DEQP003", "08B": "NAQK015"}
_TESTS = ("1104", "0592")
_PREMISES, _PREMISES_FEE = "SE2", 26.0
#: Infliximab, at its price in :mod:`declared_products`: a dose every eight weeks, given to some.
_DRUG, _DOSE, _DRUGS_FROM = "9213737", 2.0, 2020
#: A pair of canes for some.
_DEVICE, _DEVICES_FROM = "1296787", 2021


@dataclass
class CheckUps:
    """Bills, and the lines that count as events."""

    bills: pl.DataFrame
    acts: pl.DataFrame
    tests: pl.DataFrame
    drugs: pl.DataFrame
    devices: pl.DataFrame
    paid: pl.DataFrame


def render(
    stays: pl.DataFrame,
    identities: Identities,
    streams: Streams,
    options: Options,
    world: World,
    planted: Planted,
    tables: Tables,
) -> CheckUps:
    """Hand CSTC and its lines over; returns what was done."""
    rng = streams.rng("ssr external")
    over = stays.filter(pl.col("end") == pl.col("last_day")).select(
        "person", "hospital", "death", care="real_kind", start=pl.col("end") + _AFTER
    )
    seen = pl.Series(rng.random(over.height) < 0.4)
    visits = over.filter(
        seen & (pl.col("start") <= options.end) & (pl.col("start") < pl.col("death"))
    )
    bills = pmsi.linked(visits.drop("death"), identities, world).with_columns(
        end="start", year=text_day("start").dt.year(), bad_return=pl.lit(-1)
    )
    bills = bills.filter(pl.col("year") >= 2013).sort("finess9", "year", "start", "person")
    bills = bills.with_columns(
        number=pmsi.numbered(streams, options, 8),
        id=pl.int_range(pl.len()),
        fate=pl.when(pl.col("psa").is_in(pmsi.ambiguous(identities)))
        .then(pl.lit("R08"))
        .otherwise(pl.lit("")),
    )
    head = {"ETA_NUM": pl.col("finess9"), "SEQ_NUM": pl.col("number")}
    money = np.float64(_FEE / 100)
    day = {"DEL_DAT_ENT": pl.lit(0), "EXE_SOI_DTD": text_day("start"),
           "EXE_SOI_AMD": month("start")}  # fmt: skip
    months = {"SOR_ANN": year_text("start"), "SOR_MOI": month_text("start")}
    geo = {"ETA_NUM_GEO": pl.col("finess9")}
    amounts = {"ACT_NBR": pl.lit(1.0), "ACT_COE": pl.lit(1.0), "REM_TAU": pl.lit(70.0)}
    acts = bills.filter(pl.col("care").is_in(list(_ACTS))).with_columns(
        act=pl.col("care").replace_strict(_ACTS, default=None, return_dtype=pl.String)
    )
    sampled = bills.filter(pl.col("id") % 3 != 1)
    tests = sampled.join(
        pl.DataFrame({"test": list(_TESTS)}), how="cross", maintain_order="left_right"
    ).with_columns(kind=pl.lit(TEST, pl.Int32))
    given = bills.filter((pl.col("id") % 4 == 2) & (pl.col("year") >= _DRUGS_FROM)).with_columns(
        text=pl.lit(_DRUG), quantity=pl.lit(_DOSE), day=pl.col("start").cast(pl.Int32)
    )
    canes = bills.filter((pl.col("id") % 4 == 0) & (pl.col("year") >= _DEVICES_FROM)).with_columns(
        text=pl.lit(_DEVICE), quantity=pl.lit(2.0), day=pl.col("start").cast(pl.Int32)
    )
    price = declared_products.PRICE
    frames = {
        "T_SSRaaCSTC": bills.select(
            "year", "fate", **head, NIR_ANO_17="psa", **pmsi.stay_dates(),
            SEJ_NUM=pl.col("id").cast(pl.String).str.zfill(5),
            **pmsi.return_codes(pmsi.BILL_RETURN_CODES),
        ),
        "T_SSRaaFCSTC": bills.select(
            "year", "fate", **head, ACT_COD=pl.lit("CS"), EXE_SPE=pl.lit("31"), **amounts,
            PRI_UNI=pl.lit(money), REM_BAS=pl.lit(money), AMO_MNR=pl.lit(money * 0.7),
            HON_MNT=pl.lit(money), **day, **months,
        ),
        "T_SSRaaFBSTC": acts.select(
            "year", "fate", **head, ACT_COD=pl.lit(_PREMISES), **amounts,
            PRI_UNI=pl.lit(_PREMISES_FEE), REM_BAS=pl.lit(_PREMISES_FEE),
            AMO_MNR=pl.lit(_PREMISES_FEE * 0.7), **day, **months, **geo,
        ),
        "T_SSRaaFMSTC": acts.select(
            "year", "fate", **head, CCAM_COD="act", ACV_ACT=pl.lit("1"), PHA_ACT=pl.lit("0"),
            **day, **months, **geo,
        ),
        "T_SSRaaFLSTC": tests.select(
            "year", "fate", **head, NABM_COD="test", ACT_NBR=pl.lit(1.0), **day,
            ANN_MOI=month("start"), **geo,
        ),
        "T_SSRaaFHSTC": given.select(
            "year", "fate", **head, UCD_UCD_COD=pl.lit("000000") + pl.col("text"),
            COD_UCP_CIP="text", QUA_COD="quantity", FRACT_COE=pl.lit(1.0), ACH_PRI=pl.lit(price),
            FAC_TOT=pl.col("quantity") * price, **day, **geo,
        ),
        "T_SSRaaFPSTC": canes.select(
            "year", "fate", **head, LPP_COD=pl.lit("000000") + pl.col("text"), TIP_PRS_IDE="text",
            LPP_QUA=pl.lit(2), LPP_PRI_UNI=pl.lit(9.0), FAC_MNT=pl.lit(18.0), **day, **geo,
        ),
    }  # fmt: skip
    pmsi.add_tables(tables, planted, frames)
    drugs = declared_products.given(given, "T_SSRaaFHSTC", "SSR_ACE")
    devices = declared_products.given(canes, "T_SSRaaFPSTC", "SSR_ACE")
    return CheckUps(bills, acts, tests, drugs, devices, amounts_of_bills.counted(frames))
