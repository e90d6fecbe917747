"""Writes psychiatry the PMSI RIM-P way: sequences of stays, and ambulatory acts.

Sequences are quarterly until 2022 and monthly since. An ambulatory act names a patient of the
hospital (IPP); a table that links the IPP to a person exists since 2020 only (R37).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from etl.synthetic import money, pmsi
from etl.synthetic.identities import Identities
from etl.synthetic.numbers import Array
from etl.synthetic.options import Options
from etl.synthetic.ssr import in_years
from etl.synthetic.stays import FIELDS
from etl.synthetic.streams import Streams, pseudonym
from etl.synthetic.traps import Planted, portion
from etl.synthetic.world import World
from etl.synthetic.write import Tables
from etl.synthetic.written import month, month_text, text_day, year_text

_MONTHLY_FROM = 2023
_PART_TIME = ("20", "21", "22", "23")
#: A head scan on the second day of some stays.
_SCAN = "ACQK001"


@dataclass
class Rip:
    stays: pl.DataFrame
    sequences: pl.DataFrame
    diagnoses: pl.DataFrame
    ambulatory: pl.DataFrame
    scans: pl.DataFrame
    paid: pl.DataFrame


def _starts(files: pl.DataFrame) -> tuple[Array, Array]:
    """First days of the sequences of each file row, and how many there are."""
    first = files["first_day"].to_numpy().astype("datetime64[D]").astype("datetime64[M]")
    last = files["last_day"].to_numpy().astype("datetime64[D]").astype("datetime64[M]")
    step = np.where(files["year"].to_numpy() >= _MONTHLY_FROM, 1, 3)
    begin = first.astype(np.int64) // step
    number = last.astype(np.int64) // step - begin + 1
    rank = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
    months = (np.repeat(begin, number) + rank) * np.repeat(step, number)
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64), number


def _sequences(files: pl.DataFrame) -> pl.DataFrame:
    begin, number = _starts(files)
    rows = files[np.repeat(np.arange(files.height), number)]
    rank = np.arange(rows.height) - np.repeat(np.cumsum(number) - number, number)
    rows = rows.with_columns(
        from_day=pl.max_horizontal(pl.Series(begin.astype(np.int32)), "first_day"),
        rank=pl.Series((rank + 1).astype(np.int32)),
    )
    following = pl.col("from_day").shift(-1).over("stay", "year")
    return rows.with_columns(
        to_day=pl.coalesce(following - 1, "last_day"),
        SEQ_SEQ_NUM=pl.col("rank").cast(pl.String).str.zfill(3),
    )


def _patient_number() -> pl.Expr:
    """Number of the patient in the hospital (IPP), encrypted."""
    return pl.concat_str("key", "finess9").map_elements(
        lambda text: pseudonym(f"ipp {text}", 16), pl.String
    )


def render(
    stays: pl.DataFrame,
    diagnoses: pl.DataFrame,
    acts: pl.DataFrame,
    identities: Identities,
    streams: Streams,
    options: Options,
    world: World,
    planted: Planted,
    tables: Tables,
) -> Rip:
    """Hand the RIP tables over. ``acts``: person, start (day), hospital, nature of act."""
    stays = stays.filter(pl.col("field") == FIELDS.index("rip"))
    stays = stays.with_columns(id="stay", may_change=pl.lit(True), ipp=_patient_number())
    stays = pmsi.plant_linkage(
        stays, identities, streams, options, name="rip", per_1000=0.05, at_most=0.2
    )
    files = (
        in_years(stays, options)
        .sort("finess9", "year", "stay")
        .with_columns(number=pmsi.numbered(streams, options, 6))
    )
    sequences = _sequences(files).with_columns(indicator=pl.lit("F"), generated=pl.lit("0"))
    plain = sequences.filter(pl.col("fate") == "")
    size, other = (
        min(plain.height // 6, portion(streams, options, case, 0.4))
        for case in ("sequence_with_an_error", "automatic_summary")
    )
    wrong = plain.filter(pl.col("year") <= 2016).head(size).select("stay", "year", "rank")
    automatic = plain.filter(pl.col("year") >= 2015).tail(other).select("stay", "year", "rank")
    by = ["stay", "year", "rank"]
    sequences = (
        sequences.join(wrong.with_columns(wrong=pl.lit(True)), on=by, how="left",
                       maintain_order="left")
        .join(automatic.with_columns(automatic=pl.lit(True)), on=by, how="left",
              maintain_order="left")
        .with_columns(
            fate=pl.when(pl.col("wrong")).then(pl.lit("R36a"))
            .when(pl.col("automatic")).then(pl.lit("R36b")).otherwise("fate"),
            indicator=pl.when(pl.col("wrong")).then(pl.lit("E")).otherwise("indicator"),
            generated=pl.when(pl.col("automatic")).then(pl.lit("1")).otherwise("generated"),
        )
    )  # fmt: skip
    files = pmsi.refuse_whole(files, sequences, "R36a", "R36b")
    head = {"ETA_NUM_EPMSI": pl.col("finess9"), "RIP_NUM": pl.col("number")}
    link = {"IPP_IRR_CRY": pl.col("ipp"), "SEJ_IDT": (pl.col("stay") % 100_000).cast(pl.String)
            .str.zfill(5)}  # fmt: skip
    associated = diagnoses.join(
        sequences.select(
            "stay", "year", "fate", "finess9", "number", "SEQ_SEQ_NUM", "ipp", "from_day"
        ),
        on="stay", how="inner", maintain_order="right",
    )  # fmt: skip
    length = pl.col("to_day") - pl.col("from_day") + 1
    frames = {
        "T_RIPaaC": files.select(
            "year", "fate", **head, NIR_ANO_17="psa",
            **{k: v for k, v in pmsi.stay_dates().items() if k not in ("EXE_SOI_DTF", "SOR_DAT")},
            EXE_SOI_DTF=text_day("last_day"), SOR_DAT=text_day("last_day"),
            **pmsi.entry_months(), SOR_ANN=year_text("last_day"), SOR_MOI=month_text("last_day"),
            IPP_IRR_CRY="ipp", SEJ_NUM=link["SEJ_IDT"], ETA_NUM_RET=pl.lit("0"),
            **pmsi.return_codes(),
        ),
        "T_RIPaaRSA": sequences.select(
            "year", "fate", **head, SEQ_SEQ_NUM="SEQ_SEQ_NUM", **link, DGN_PAL="main",
            FOR_ACT="kind", MOD_SOI=pl.lit("1"), SEQ_IND="indicator",
            DEL_DAT=pl.col("from_day") - pl.col("start"),
            ENT_DEL_DAT=pl.col("from_day") - pl.col("start"),
            SEQ_PRE_IND=pl.when(pl.col("rank") == 1).then(pl.lit("1")).otherwise(pl.lit("0")),
            SEQ_DER_IND=pl.when(pl.col("to_day") == pl.col("end")).then(pl.lit("1"))
            .otherwise(pl.lit("0")),
            SEQ_FIN_ANN=year_text("to_day"), SEQ_FIN_MOI=month_text("to_day"),
            SEQ_COU_NBJ=length, PRE_JOU_NBJ=length, PRE_DEM_JOU_NBJ=pl.lit(0),
            TYP_GEN_RSA="generated", **pmsi.entry_and_exit(), **pmsi.patient(),
        ),
        "T_RIPaaRSAD": associated.select(
            "year", "fate", **head, SEQ_SEQ_NUM="SEQ_SEQ_NUM", IPP_IRR_CRY="ipp", ASS_DGN="code"
        ),
        "T_RIPaaS": files.select(
            "year", "fate", **head, SEJ_DUREE=pl.col("last_day") - pl.col("start") + 1,
            SEJ_NBJ=pl.col("last_day") - pl.col("first_day") + 1,
            SEJ_FINI=pl.when(pl.col("last_day") == pl.col("end")).then(pl.lit("1"))
            .otherwise(pl.lit("0")),
            HOS_TYP=pl.lit("1"), SOR_ANN=year_text("last_day"), SOR_MOI=month_text("last_day"),
            TYP_GEN_RSA=pl.lit("0"), **pmsi.entry_and_exit(), COD_SEX=pl.col("sex").cast(pl.String),
        ),
    }  # fmt: skip
    patients = sequences.filter(pl.col("fate") == "")["ipp"].unique()
    scans = sequences.filter((pl.col("rank") == 1) & (pl.col("stay") % 5 == 0))
    partial = sequences.filter(pl.col("kind").is_in(_PART_TIME))
    private = pmsi.of_the_stay(sequences.filter("private"), "R36a", "R36b")
    private = pmsi.refuse_whole(private, sequences, "R36a", "R36b")
    frames |= {
        "T_RIPaaCCAM": scans.select(
            "year", "fate", **head, SEQ_SEQ_NUM="SEQ_SEQ_NUM", **link, CDC_ACT=pl.lit(_SCAN),
            ACV_ACT=pl.lit("1"), PHA_ACT=pl.lit("0"), NBR_EXE_ACT=pl.lit(1),
            # Counted from the sequence, not from the stay.
            ENT_DAT_DEL=pl.min_horizontal(pl.lit(1), pl.col("to_day") - pl.col("from_day")),
        ),
        "T_RIPaaTP": partial.select(
            "year", "fate", **head, SEQ_SEQ_NUM="SEQ_SEQ_NUM", SEQ_VEN_NUM=pl.lit("001"),
            FOR_ACT="kind", TYP_VEN=pl.lit("1"), ENT_DEL_DAT=pl.col("from_day") - pl.col("start"),
            ANN=year_text("from_day"), MOI=month_text("from_day"),
        ),
        "T_RIPaaFB": private.select(
            "year", "fate", **head, ACT_COD=pl.lit("PJ"), ACT_NBR=length.cast(pl.Float64),
            PRI_UNI=pl.lit(160.0), REM_BAS=length * 160.0, AMO_MNR=length * 128.0,
            AMC_MNR=length * 32.0,
            REM_TAU=pl.lit(80.0), FAC_MNT=length * 160.0, DEL_DAT_ENT=pl.lit(0),
            EXE_SOI_DTD=text_day("from_day"), EXE_SOI_DTF=text_day("to_day"),
            ENT_ANN=year_text("start"), ENT_MOI=month_text("start"),
            SOR_ANN=year_text("to_day"), SOR_MOI=month_text("to_day"),
        ),
        "T_RIPaaFC": private.select("year", "fate", **head, **pmsi.fee()),
    }  # fmt: skip
    ambulatory = _ambulatory(acts, patients, identities, streams, options, world)
    frames |= _ambulatory_tables(ambulatory)
    pmsi.add_tables(tables, planted, frames)
    return Rip(files, sequences, associated, ambulatory, scans, money.counted(frames))


def _ambulatory(
    acts: pl.DataFrame,
    patients: pl.Series,
    identities: Identities,
    streams: Streams,
    options: Options,
    world: World,
) -> pl.DataFrame:
    """Acts in medico-psychological centres, with the person they can be linked to.

    Before 2020 only those who were also hospitalised there can be: their stays identify them.
    """
    rows = pmsi.linked(acts, identities, world).with_columns(
        year=text_day("start").dt.year(), ipp=_patient_number()
    )
    rows = rows.sort("finess9", "year", "start", "person")
    return rows.with_columns(
        number=text_day("start").dt.strftime("%y") + pmsi.numbered(streams, options, 6),
        fate=pl.when((pl.col("year") < 2020) & ~pl.col("ipp").is_in(patients.implode()))
        .then(pl.lit("R37"))
        .when(pl.col("psa").is_in(pmsi.ambiguous(identities)))
        .then(pl.lit("R08"))
        .otherwise(pl.lit("")),
    )


def _ambulatory_tables(rows: pl.DataFrame) -> dict[str, pl.DataFrame]:
    link = rows.filter(pl.col("year") >= 2020).unique(
        ["finess9", "year", "ipp"], keep="first", maintain_order=True
    )
    codes = {name: pl.lit("0") for name in ("NIR_RET", "NAI_RET", "SEX_RET", "COH_NAI_RET")}
    return {
        "T_RIPaaR3A": rows.select(
            "year", "fate", ETA_NUM_EPMSI="finess9", ORD_NUM="number", IPP_IRR_CRY="ipp",
            ACT_NAT="nature", ACT_LIEU=pl.lit("L01"), PRO_CAT=pl.lit("M"), INT_NBR=pl.lit(1),
            DGN_PAL=pl.when(pl.col("person") % 3 > 0).then("main"), FOR_ACT=pl.lit("30"),
            EXE_SOI_DTD=text_day("start"), EXE_SOI_AMD=month("start"),
            RAL_ACT_ANN=year_text("start"), RAL_ACT_MOI=month_text("start"), **pmsi.patient(),
        ),
        "T_RIPaaR3AD": rows.filter(pl.col("person") % 7 == 0).select(
            "year", "fate", ETA_NUM_EPMSI="finess9", ORD_NUM="number", IPP_IRR_CRY="ipp",
            ASS_DGN=pl.lit("Z720"),
        ),
        "T_RIPaaCSTC": link.select(
            "year", "fate", ETA_NUM_EPMSI="finess9", IPP_IRR_CRY="ipp", NIR_ANO_17="psa", **codes,
            COH_SEX_RET=pl.lit("0"),
        ),
    }  # fmt: skip
