"""Writes rehabilitation stays the PMSI SSR way: one row a week, a new number every year.

A stay that goes on over New Year is in the files of both years, and the second repeats the weeks of
the first (R34c): only those whose MOI_ANN is of the year of the file count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from etl.synthetic import declared_products, money, pmsi
from etl.synthetic.catalogue import read
from etl.synthetic.identities import Identities
from etl.synthetic.numbers import Array, year_of
from etl.synthetic.options import Options, day
from etl.synthetic.stays import FIELDS
from etl.synthetic.streams import Streams
from etl.synthetic.traps import Planted, portion
from etl.synthetic.write import Tables
from etl.synthetic.written import text_day

#: FP_PEC is no longer coded from March 2023.
_FP_PEC_END = day(2023, 3, 1)
#: Until 2008 associated diagnoses stood in columns of the week: 5 in 2006, then 20.
_DIAGNOSES = [f"ASS_DGN_{number}" for number in range(1, 21)]
#: Chest X-ray at the bedside, in the first week.
_XRAY = "ZZQK002"
#: A code of the form of CdARR, which CSARR replaced.
_CDARR = "KK01"


@dataclass
class Ssr:
    """True stays, weeks that count, and acts."""

    stays: pl.DataFrame
    weeks: pl.DataFrame
    acts: pl.DataFrame
    diagnoses: pl.DataFrame
    imaging: pl.DataFrame
    paid: pl.DataFrame
    drugs: pl.DataFrame


def monday(days: Array) -> Array:
    """Monday of the week; 1970-01-01 was a Thursday."""
    return np.asarray(days - (days + 3) % 7)


def in_years(stays: pl.DataFrame, options: Options) -> pl.DataFrame:
    """One row per stay and year it touches: the file it is in, its days of that year."""
    first, last = year_of(stays["start"].to_numpy()), year_of(stays["end"].to_numpy())
    number = (last - first + 1).astype(np.int64)
    rows = stays[np.repeat(np.arange(stays.height), number)]
    rank = np.arange(len(rows)) - np.repeat(np.cumsum(number) - number, number)
    year = np.repeat(first, number) + rank
    begin = np.array([day(int(one)) for one in year], dtype=np.int64)
    close = np.array([day(int(one), 12, 31) for one in year], dtype=np.int64)
    return rows.with_columns(
        year=pl.Series(year.astype(np.int32)),
        first_day=pl.Series(np.maximum(rows["start"].to_numpy(), begin)).cast(pl.Int32),
        last_day=pl.Series(np.minimum(rows["end"].to_numpy(), close)).cast(pl.Int32),
    ).filter(pl.col("year") <= options.last_year)


def _weeks(files: pl.DataFrame) -> pl.DataFrame:
    """Weeks of each file row, those of the year before included."""
    start, last = files["start"].to_numpy(), files["last_day"].to_numpy()
    first_monday = monday(start)
    number = (monday(last) - first_monday) // 7 + 1
    rows = files[np.repeat(np.arange(files.height), number)]
    rank = np.arange(rows.height) - np.repeat(np.cumsum(number) - number, number)
    week = np.repeat(first_monday, number) + 7 * rank
    return rows.with_columns(
        week=pl.Series(week.astype(np.int32)),
        rank=pl.Series((rank + 1).astype(np.int32)),
    ).with_columns(
        from_day=pl.max_horizontal("week", "start"),
        to_day=pl.min_horizontal(pl.col("week") + 6, "last_day"),
    )


def _presence(first: int, days: int) -> pl.Expr:
    """'1' for each day of the week on which the patient is there."""
    parts = [
        pl.when((pl.col("week") + offset).is_between("from_day", "to_day"))
        .then(pl.lit("1"))
        .otherwise(pl.lit("0"))
        for offset in range(first, first + days)
    ]
    return pl.concat_str(parts)


def render(
    stays: pl.DataFrame,
    diagnoses: pl.DataFrame,
    identities: Identities,
    streams: Streams,
    options: Options,
    planted: Planted,
    tables: Tables,
) -> Ssr:
    """Hand the SSR tables over."""
    rng = streams.rng("ssr")
    stays = stays.filter(pl.col("field") == FIELDS.index("ssr"))
    stays = stays.with_columns(id="stay", may_change=pl.lit(True), generated=pl.lit("0"))
    stays = pmsi.plant_linkage(
        stays, identities, streams, options, name="ssr", per_1000=0.1, at_most=0.2
    )
    plain = stays.filter(pl.col("fate") == "")["stay"].to_list()
    size, other = (
        min(len(plain) // 4, portion(streams, options, case, 0.5))
        for case in ("grouping_error", "automatic_summary")
    )
    wrong, automatic = plain[:size], plain[size : size + other]
    groups = read("codes_gme").select(kind="kind", gme="gme", gmt="gmt")
    stays = stays.with_columns(
        kind=pl.when(pl.col("stay").is_in(wrong)).then(pl.lit("90")).otherwise("kind"),
        real_kind="kind",
        fate=pl.when(pl.col("stay").is_in(wrong))
        .then(pl.lit("R34a"))
        .when(pl.col("stay").is_in(automatic) & (pl.col("year") >= 2015))
        .then(pl.lit("R34b"))
        .otherwise("fate"),
        generated=pl.when(pl.col("stay").is_in(automatic)).then(pl.lit("1")).otherwise("generated"),
    ).join(groups, on="kind", how="left", maintain_order="left")
    files = (
        in_years(stays, options)
        .sort("finess9", "year", "stay")
        .with_columns(number=pmsi.numbered(streams, options, 7))
    )
    weeks = _weeks(files)
    old = text_day("to_day").dt.year() < pl.col("year")
    weeks = weeks.with_columns(
        fate=pl.when((pl.col("fate") == "") & old).then(pl.lit("R34c")).otherwise("fate"),
        RHS_NUM=pl.col("rank").cast(pl.String).str.zfill(3),
    )
    acts = _acts(weeks, rng)
    associated = diagnoses.join(
        weeks.select(
            "stay", "year", "fate", "number", "finess9", "RHS_NUM", "rank", "from_day"
        ),
        on="stay", how="inner", maintain_order="right",
    )  # fmt: skip
    head = {"ETA_NUM": pl.col("finess9"), "RHA_NUM": pl.col("number")}
    imaging = _imaging(weeks)
    public, private = files.filter(~pl.col("private")), files.filter("private")
    frames = {
        "T_SSRaaCCAM": imaging.select(
            "year", "fate", **head, RHS_NUM="RHS_NUM", CCAM_ACT=pl.lit(_XRAY),
            CCAM_COD_ACT=pl.lit("1"), CCAM_PHA_ACT=pl.lit("0"), CCAM_NBR_REA=pl.lit(1),
            CCAM_DEL_ENT_UM="delay", DEL_DAT_ENT="delay",
        ),
        # Until 2008 acts had no delay, until 2013 those of rehabilitation another nomenclature.
        "T_SSRaaA": imaging.select(
            "year", "fate", **head, RHS_NUM="RHS_NUM", CDC_ACT=pl.lit(_XRAY), PHA_ACT=pl.lit("0")
        ),
        "T_SSRaaCCAR": acts.filter(pl.col("turn") == 0).select(
            "year", "fate", **head, RHS_NUM="RHS_NUM", CCAR_COD=pl.lit(_CDARR),
            CCAR_NBR_REA=pl.lit(1), INT_COD=pl.lit("76"), DELAI_ENT_UM="delay",
        ),
        "T_SSRaaFB": private.select(
            "year", "fate", **head, ACT_COD=pl.lit("PJ"), REM_TAU=pl.lit(80.0), **bill(),
            **_bill_dates(),
        ),
        "T_SSRaaC": files.select("year", "fate", **head, NIR_ANO_17="psa",
            **{k: v for k, v in pmsi.stay_dates().items() if k not in ("EXE_SOI_DTF", "SOR_DAT",
               "EXE_SOI_AMF")},
            EXE_SOI_DTF=text_day("last_day"), SOR_DAT=text_day("last_day"),
            EXE_SOI_AMF=text_day("last_day").dt.strftime("%Y%m"),
            SEJ_NUM=(pl.col("stay") % 100_000).cast(pl.String).str.zfill(5),
            ETA_NUM_RET=pl.lit("0"), **pmsi.return_codes()),
        "T_SSRaaB": _b(pmsi.in_columns(weeks, diagnoses, _DIAGNOSES), head),
        "T_SSRaaS": files.select("year", "fate", **head, **pmsi.entry_and_exit(),
            # 1: closed in the year; 3: still there at its end.
            SUI_TYP=pl.when(pl.col("last_day") < pl.col("end")).then(pl.lit("3"))
            .otherwise(pl.lit("1")),
            SEJ_NBJ=pl.col("last_day") - pl.col("start"),
            PRE_JOU_NBR=pl.col("last_day") - pl.col("first_day") + 1, NBR_RHA=pl.lit(1)),
        "T_SSRaaD": associated.select("year", "fate", **head, RHS_NUM="RHS_NUM", DGN_COD="code"),
        "T_SSRaaCSARR": acts.select("year", "fate", **head, RHS_NUM="RHS_NUM", CSARR_COD="act",
            NBR_CSARR=pl.lit(1), TYP_INTERV=pl.lit("76"), NBR_PAT_INTERV=pl.lit(1),
            ENT_DAT_DEL_UM="delay", DEL_DAT_ENT="delay"),
        "T_SSRaaGME": files.select("year", "fate", **head, GME_COD="gme", GMT_NUM="gmt",
            NBR_JOU=pl.col("last_day") - pl.col("first_day") + 1),
        "T_SSRaaVALO": public.select("year", "fate", **head,
            VALO=pl.lit("1"), GRG_GME="gme", GMT_NUM="gmt", **_money()),
    }  # fmt: skip
    declared, drugs = declared_products.rehabilitation(
        weeks, round(2 * options.faults.dose("impossible_quantity"))
    )
    pmsi.add_tables(tables, planted, frames | declared)
    return Ssr(files, weeks, acts, associated, imaging, money.counted(frames), drugs)


def _imaging(weeks: pl.DataFrame) -> pl.DataFrame:
    """One X-ray for a stay out of three, on its second day."""
    first = weeks.filter((pl.col("rank") == 1) & (pl.col("stay") % 3 == 0))
    done = pl.min_horizontal(pl.col("from_day") + 1, "to_day")
    return first.with_columns(done=done, delay=done - pl.col("start"))


def bill() -> dict[str, pl.Expr]:
    """What a private stay is paid in the year: a daily price, in euros."""
    days = (pl.col("last_day") - pl.col("first_day") + 1).cast(pl.Float64)
    return {
        "ACT_NBR": days,
        "PRI_UNI": pl.lit(210.0),
        "REM_BAS": days * 210.0,
        "AMO_MNR": days * 168.0,
        "AMC_MNR": days * 42.0,
        "FAC_MNT": days * 210.0,
    }


def _bill_dates() -> dict[str, pl.Expr]:
    return {
        "DEL_DAT_ENT": pl.lit(0),
        "EXE_SOI_DTD": text_day("first_day"),
        "EXE_SOI_DTF": text_day("last_day"),
        "SOIN_ANN": text_day("last_day").dt.strftime("%Y"),
        "SOIN_MOI": text_day("last_day").dt.strftime("%m"),
    }


def _money() -> dict[str, pl.Expr]:
    days = pl.col("last_day") - pl.col("first_day") + 1
    return {"DMA_BR": days * 230.0, "DMA_AM": days * 184.0, "MNT_AM_RSF": days * 184.0}


def _b(weeks: pl.DataFrame, head: dict[str, pl.Expr]) -> pl.DataFrame:
    """One row a week: morbidity, presence, group."""
    related = pl.col("related") != ""
    return weeks.select(
        "year", "fate", *_DIAGNOSES, **head, RHS_NUM="RHS_NUM",
        # MMP is what is treated, AE why, FP_PEC the purpose (Z code).
        MOR_PRP="main", ETL_AFF=pl.when(related).then("main"),
        FP_PEC=pl.when(related & (pl.col("week") < _FP_PEC_END)).then("related"),
        JP_HWE=_presence(0, 5), JP_WE=_presence(5, 2),
        RHS_ANT_SEJ_ENT=pl.max_horizontal(pl.col("week") - pl.col("start"), 0),
        MOI_ANN=text_day("to_day").dt.strftime("%m%Y"),
        ANN_SEM_RHS=text_day("week").dt.iso_year().cast(pl.String),
        NUM_SEM_RHS=text_day("week").dt.week().cast(pl.String).str.zfill(2),
        HOS_TYP_UM=pl.lit("1"), AUT_TYP_UM=pl.lit("50"), ETA_NUM_GEO="finess9",
        **pmsi.entry_and_exit(), GRG_GME="gme", GMT_NUM="gmt", GRG_RET=pl.lit("000"),
        TYP_GEN_RHA="generated",
        HAB_DEP=pl.lit("2"), DPL_DEP=pl.lit("2"), ALI_DEP=pl.lit("1"), CON_DEP=pl.lit("1"),
        CPT_DEP=pl.lit("1"), REL_DEP=pl.lit("1"), **pmsi.patient(),
    )  # fmt: skip


def _acts(weeks: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Rehabilitation acts: two a week, dated by the delay from entry (one unit a stay)."""
    catalogue = read("codes_csarr").select(real_kind="kind", act="code")
    size = weeks.height
    rows = []
    for turn in range(2):
        offset = pl.Series(rng.integers(0, 7, size).astype(np.int32))
        picked = pl.Series(rng.random(size))
        done = pl.min_horizontal(pl.col("from_day") + offset, "to_day")
        rows.append(weeks.with_columns(done=done, picked=picked, turn=pl.lit(turn)))
    every = pl.concat(rows)
    lists = catalogue.group_by("real_kind", maintain_order=True).agg("act")
    every = every.join(lists, on="real_kind", how="left", maintain_order="left")
    place = (pl.col("picked") * pl.col("act").list.len()).floor().cast(pl.Int64)
    return every.with_columns(
        act=pl.col("act").list.get(place), delay=pl.col("done") - pl.col("start")
    ).sort("stay", "year", "done", "turn")
