"""Writes home-hospital stays the PMSI HAD way: sub-sequences, several tariff groups each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from etl.synthetic import declared_products, money, pmsi
from etl.synthetic.identities import Identities
from etl.synthetic.options import Options
from etl.synthetic.ssr import in_years
from etl.synthetic.stays import FIELDS
from etl.synthetic.streams import Streams
from etl.synthetic.traps import Planted, portion
from etl.synthetic.write import Tables
from etl.synthetic.written import text_day

#: Days of a sub-sequence; a second sequence, with another mode of care, begins after three.
_LENGTH, _PER_SEQUENCE = 7, 3
#: From 2007 to 2009 associated diagnoses stood in columns of the sub-sequence.
_DIAGNOSES = [f"DGN_PAL{number}" for number in range(1, 8)]
#: Central venous catheter, at the start of some stays.
_CATHETER = "EPLF002"


@dataclass
class Had:
    stays: pl.DataFrame
    parts: pl.DataFrame
    diagnoses: pl.DataFrame
    acts: pl.DataFrame
    paid: pl.DataFrame
    drugs: pl.DataFrame


def _parts(files: pl.DataFrame) -> pl.DataFrame:
    """Sub-sequences of each file row: weeks from its first day of the year."""
    first, last = files["first_day"].to_numpy(), files["last_day"].to_numpy()
    number = (last - first) // _LENGTH + 1
    rows = files[np.repeat(np.arange(files.height), number)]
    rank = np.arange(rows.height) - np.repeat(np.cumsum(number) - number, number)
    begin = np.repeat(first, number) + _LENGTH * rank
    return rows.with_columns(
        from_day=pl.Series(begin.astype(np.int32)),
        sequence=pl.Series((rank // _PER_SEQUENCE + 1).astype(np.int32)),
        part=pl.Series((rank % _PER_SEQUENCE + 1).astype(np.int32)),
    ).with_columns(
        to_day=pl.min_horizontal(pl.col("from_day") + _LENGTH - 1, "last_day"),
        SEQ_NUM=pl.col("sequence").cast(pl.String).str.zfill(4),
        SSEQ_NUM=pl.col("part").cast(pl.String).str.zfill(4),
    )


def render(
    stays: pl.DataFrame,
    diagnoses: pl.DataFrame,
    identities: Identities,
    streams: Streams,
    options: Options,
    planted: Planted,
    tables: Tables,
) -> Had:
    """Hand the HAD tables over."""
    stays = stays.filter(pl.col("field") == FIELDS.index("had"))
    stays = stays.with_columns(id="stay", may_change=pl.lit(True))
    stays = pmsi.plant_linkage(
        stays, identities, streams, options, name="had", per_1000=0.05, at_most=0.2
    )
    files = (
        in_years(stays, options)
        .sort("finess9", "year", "stay")
        .with_columns(number=pmsi.numbered(streams, options, 5))
    )
    parts = _parts(files)
    # A sub-sequence with tariff group 99 is in error (R35).
    wrong = parts.filter(pl.col("fate") == "").head(
        min(parts.height // 10, portion(streams, options, "invalid_tariff_group", 0.3))
    )
    parts = parts.join(
        wrong.select("stay", "year", "sequence", "part", wrong=pl.lit(True)),
        on=["stay", "year", "sequence", "part"], how="left", maintain_order="left",
    ).with_columns(
        fate=pl.when(pl.col("wrong")).then(pl.lit("R35")).otherwise("fate"),
        ght=pl.when(pl.col("wrong")).then(pl.lit("99")).otherwise(pl.lit("12")),
    )  # fmt: skip
    files = pmsi.refuse_whole(files, parts, "R35")
    head = {"ETA_NUM_EPMSI": pl.col("finess9"), "RHAD_NUM": pl.col("number")}
    row = {**head, "SEQ_NUM": pl.col("SEQ_NUM"), "SSEQ_NUM": pl.col("SSEQ_NUM")}
    geo = {"ETA_NUM_GEO": pl.col("finess9")}
    associated = diagnoses.join(
        parts.select(
            "stay", "year", "fate", "finess9", "number", "SEQ_NUM", "SSEQ_NUM", "from_day"
        ),
        on="stay", how="inner", maintain_order="right",
    )  # fmt: skip
    acts = parts.filter(
        (pl.col("sequence") == 1) & (pl.col("part") == 1) & (pl.col("stay") % 2 == 0)
    )
    public = parts.filter(~pl.col("private"))
    private = pmsi.refuse_whole(pmsi.of_the_stay(parts.filter("private"), "R35"), parts, "R35")
    frames = {
        "T_HADaaFB": private.select(
            "year", "fate", **head, ACT_COD=pl.lit("GHT"), GHT_NUM="ght", REM_TAU=pl.lit(100.0),
            **_bill(), EXE_SOI_DTD=text_day("from_day"), EXE_SOI_DTF=text_day("to_day"),
            DEL_DAT_ENT=pl.col("from_day") - pl.col("start"), **geo,
        ),
        "T_HADaaFC": private.select(
            "year", "fate", **head, EXE_SPE=pl.lit("01"), **pmsi.fee(), **geo
        ),
        "T_HADaaC": files.select(
            "year", "fate", **head, NIR_ANO_17="psa",
            **{k: v for k, v in pmsi.stay_dates().items() if k not in ("EXE_SOI_DTF", "SOR_DAT")},
            EXE_SOI_DTF=text_day("last_day"), SOR_DAT=text_day("last_day"),
            **pmsi.entry_months(),
            SEJ_NUM=(pl.col("stay") % 100_000).cast(pl.String).str.zfill(5),
            ETA_NUM_RET=pl.lit("0"), **pmsi.return_codes(), **geo,
        ),
        "T_HADaaB": pmsi.in_columns(parts, diagnoses, _DIAGNOSES).select(
            "year", "fate", *_DIAGNOSES, **row, DGN_PAL="main", PEC_PAL="kind",
            PEC_ASS=pl.when(pl.col("sequence") > 1).then(pl.lit("07")).otherwise(pl.lit("00")),
            DEP_COT=pl.lit("40"),
            SEJ_NBJ=pl.col("last_day") - pl.col("start") + 1,
            SSEQ_NBJ=pl.col("to_day") - pl.col("from_day") + 1,
            SEQ_SEJ_NBJ=pl.col("from_day") - pl.col("start") - (pl.col("part") - 1) * _LENGTH,
            SSEQ_SEQ_NBJ=(pl.col("part") - 1) * _LENGTH,
            SSEQ_SEJ_DER=pl.when(pl.col("to_day") == pl.col("end")).then(pl.lit("1"))
            .otherwise(pl.lit("0")),
            SOR_ANN_SSEQ=text_day("to_day").dt.strftime("%Y"),
            SOR_MOI_SSEQ=text_day("to_day").dt.strftime("%m"),
            **pmsi.entry_and_exit(), PAT_TYP_DOM=pl.lit("1"), **pmsi.patient(), **geo,
        ),
        "T_HADaaD": associated.select("year", "fate", **row, DGN_ASS="code", **geo),
        "T_HADaaDMPP": associated.select("year", "fate", **row, DGN_ASS_MPP="code", **geo),
        "T_HADaaDMPA": associated.filter(pl.col("SEQ_NUM") != "0001").select(
            "year", "fate", **row, DGN_ASS_MPA="code", **geo
        ),
        "T_HADaaA": acts.select(
            "year", "fate", **row, CCAM_COD=pl.lit(_CATHETER), ACT_COD=pl.lit("1"),
            PHA_COD=pl.lit("0"), REAL_NBR=pl.lit(1), DEL_DEB_SSEQ=pl.lit(0),
            DEL_DAT_ENT=pl.col("from_day") - pl.col("start"), **geo,
        ),
        "T_HADaaGRP": _groups(parts, row).with_columns(ETA_NUM_GEO="ETA_NUM_EPMSI"),
        "T_HADaaS": files.select(
            "year", "fate", **head, SEJ_NBJ=pl.col("last_day") - pl.col("first_day") + 1,
            HAD_DUREE=pl.col("last_day") - pl.col("start") + 1,
            SEJ_FINI=pl.when(pl.col("last_day") == pl.col("end")).then(pl.lit("1"))
            .otherwise(pl.lit("0")),
            SEJ_ERR=pl.lit("0"), **pmsi.entry_and_exit(), COD_SEX=pl.col("sex").cast(pl.String),
            SOR_ANN=text_day("last_day").dt.strftime("%Y"),
            SOR_MOI=text_day("last_day").dt.strftime("%m"), **geo,
        ),
        "T_HADaaVALO": public.select(
            "year", "fate", ETA_NUM="finess9", RHAD_NUM="number", SEQ_NUM="SEQ_NUM",
            SSEQ_NUM="SSEQ_NUM", VALO=pl.lit("1"), GHT1="ght", **_money(),
        ),
    }  # fmt: skip
    declared, drugs = declared_products.at_home(parts)
    pmsi.add_tables(tables, planted, frames | declared)
    return Had(files, parts, associated, acts, money.counted(frames), drugs)


def _bill() -> dict[str, pl.Expr]:
    days = (pl.col("to_day") - pl.col("from_day") + 1).cast(pl.Float64)
    return {
        "ACT_NBR": days,
        "PRI_UNI": pl.lit(195.0),
        "REM_BAS": days * 195.0,
        "AMO_MNR": days * 195.0,
        "AMC_MNR": pl.lit(0.0),
        "FAC_MNT": days * 195.0,
    }


def _money() -> dict[str, pl.Expr]:
    days = pl.col("to_day") - pl.col("from_day") + 1
    return {"MNT_TOT_BR": days * 195.0, "MNT_TOT_AM": days * 195.0}


def _groups(parts: pl.DataFrame, row: dict[str, pl.Expr]) -> pl.DataFrame:
    """Two tariff groups for a sub-sequence: joined carelessly, it would count twice."""
    days = pl.col("to_day") - pl.col("from_day") + 1
    first = parts.select(
        "year", "fate", **row, GHT_NUM="ght", GHT_NBJ=(days + 1) // 2, PAP_GRP_GHPC=pl.lit("0412")
    )
    again = parts.filter((pl.col("ght") != "99") & (days > 1))
    second = again.select(
        "year", "fate", **row, GHT_NUM=pl.lit("15"), GHT_NBJ=days // 2, PAP_GRP_GHPC=pl.lit("0412")
    )
    return pl.concat([first, second]).sort(
        "year", "ETA_NUM_EPMSI", "RHAD_NUM", "SEQ_NUM", "SSEQ_NUM", "GHT_NUM"
    )
