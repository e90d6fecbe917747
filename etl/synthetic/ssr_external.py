"""External consultations of rehabilitation hospitals: a check-up some weeks after a stay."""

from __future__ import annotations

import numpy as np
import polars as pl

from etl.synthetic import pmsi
from etl.synthetic.identities import Identities
from etl.synthetic.options import Options
from etl.synthetic.streams import Streams
from etl.synthetic.traps import Planted
from etl.synthetic.world import World
from etl.synthetic.write import Tables
from etl.synthetic.written import month, month_text, text_day, year_text

_AFTER = 45
_FEE = 3000


def render(
    stays: pl.DataFrame,
    identities: Identities,
    streams: Streams,
    options: Options,
    world: World,
    planted: Planted,
    tables: Tables,
) -> pl.DataFrame:
    """Hand CSTC and FCSTC over; returns the bills."""
    rng = streams.rng("ssr external")
    over = stays.filter(pl.col("end") == pl.col("last_day")).select(
        "person", "hospital", "death", start=pl.col("end") + _AFTER
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
    frames = {
        "T_SSRaaCSTC": bills.select(
            "year", "fate", **head, NIR_ANO_17="psa", **pmsi.stay_dates(),
            SEJ_NUM=pl.col("id").cast(pl.String).str.zfill(5),
            **pmsi.return_codes(pmsi.BILL_RETURN_CODES),
        ),
        "T_SSRaaFCSTC": bills.select(
            "year", "fate", **head, ACT_COD=pl.lit("CS"), EXE_SPE=pl.lit("31"),
            ACT_NBR=pl.lit(1.0), ACT_COE=pl.lit(1.0), PRI_UNI=pl.lit(money), REM_BAS=pl.lit(money),
            REM_TAU=pl.lit(70.0), AMO_MNR=pl.lit(money * 0.7), HON_MNT=pl.lit(money),
            DEL_DAT_ENT=pl.lit(0), EXE_SOI_DTD=text_day("start"), EXE_SOI_AMD=month("start"),
            SOR_ANN=year_text("start"), SOR_MOI=month_text("start"),
        ),
    }  # fmt: skip
    pmsi.hand_over(tables, planted, frames)
    return bills
