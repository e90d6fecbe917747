"""The simplified datamart (NS_xxx_F, IR_IBA_R): content of DCIR, by person, in fewer lines.

A line of NS_PRS_F carries its establishment and other payers; a surcharge is no line of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

_RENAMED = {
    "PHA_ORD_NUM": "PHA_SEQ_NUM", "PHA_ACT_QSN": "PHA_ACT_QSC", "CAM_ORD_NUM": "CAM_SEQ_NUM",
    "BIO_ORD_NUM": "BIO_SEQ_NUM", "TIP_ORD_NUM": "TIP_SEQ_NUM", "UCD_ORD_NUM": "UCD_SEQ_NUM",
}  # fmt: skip
_DETAILS = ("PHA", "CAM", "BIO", "TIP", "UCD")
_LINE = (
    "EXE_SOI_DTD", "EXE_SOI_DTF", "EXE_SOI_AMD", "PRS_NAT_REF", "PRS_ACT_QTE", "PRS_ACT_NBR",
    "PRS_PAI_MNT", "PRS_DEP_MNT", "BSE_REM_BSE", "BSE_REM_MNT", "PFS_EXE_NUM", "PSE_SPE_COD",
    "PSE_ACT_NAT", "PSE_STJ_COD", "PFS_PRE_NUM", "RGM_COD", "BEN_RES_DPT", "BEN_RES_COM",
    "ETE_CAT_COD", "ETE_IND_TAA", "ETE_MCO_DDP",
)  # fmt: skip


def simplified(
    frames: Mapping[str, pl.DataFrame], persons: pl.Series, keys: Sequence[str]
) -> dict[str, pl.DataFrame]:
    """NS tables from DCIR tables.

    Args:
        frames: DCIR tables by name.
        persons: BEN_IDT_ANO of each line of ER_PRS_F, in its order.
        keys: the nine keys.
    """
    payers = frames["ER_ARO_F"].select(*keys, AR1_REM_TYP="ARO_REM_TYP", AR1_REM_MNT="ARO_REM_MNT")
    sites = frames["ER_ETE_F"].select(
        *keys, "ETB_EXE_FIN", "ETE_CAT_COD", "ETE_IND_TAA", "ETE_MCO_DDP"
    )
    lines = (
        frames["ER_PRS_F"]
        .with_columns(BEN_IDT_ANO=persons)
        .filter(pl.col("CPL_MAJ_TOP") < 2)
        .join(sites, on=list(keys), how="left", maintain_order="left")
        .join(payers, on=list(keys), how="left", maintain_order="left")
    )
    second = pl.col("PRS_DPN_QLP").is_in([71, 72])
    made = {
        "NS_PRS_F": lines.select(
            *_joined(),
            "BEN_IDT_ANO",
            *_LINE,
            "AR1_REM_TYP",
            "AR1_REM_MNT",
            DPN_QLF=pl.when(second).then("PRS_DPN_QLP").otherwise("DPN_QLF"),
            GRG_LIQ_COD=pl.col("RGM_GRG_COD").cast(pl.String).str.zfill(2),
            CPM_REM_MNT=pl.lit(0.0),
            TOT_REM_MNT="BSE_REM_MNT",
            ETB_EXE_FIN=pl.col("ETB_EXE_FIN").fill_null("00000000"),
        )
    }
    for kind in _DETAILS:
        frame = frames[f"ER_{kind}_F"]
        own = [name for name in frame.columns if name.startswith(kind)]
        made[f"NS_{kind}_F"] = frame.select(*_joined(), *own).rename(_RENAMED, strict=False)
    return made


def referential(rows: pl.DataFrame) -> pl.DataFrame:
    """IR_IBA_R: one row per person of IR_BEN_R and its archive, the latest state."""
    known = rows.with_columns(
        BEN_IDT_ANO=pl.coalesce(
            "BEN_IDT_ANO",
            "BEN_NIR_ANO",
            pl.col("BEN_NIR_PSA") + pl.col("BEN_RNG_GEM").cast(pl.String),
        )
    ).sort("BEN_IDT_ANO", "MAX_TRT_DTD", "BEN_DTE_MAJ")
    latest = known.unique("BEN_IDT_ANO", keep="last", maintain_order=True)
    return latest.drop("BEN_NIR_PSA", "BEN_RNG_GEM", "BEN_NIR_ANO")


def _joined() -> tuple[pl.Expr, ...]:
    """Flux month and technical key: sender, claim and line in one number."""
    sender = pl.col("FLX_EMT_ORD").cast(pl.Int64) * 10_000 + pl.col("FLX_EMT_NUM")
    claim = sender * 2_000_000_000 + pl.col("DCT_ORD_NUM")
    return pl.col("FLX_DIS_DTD"), (claim * 1_000 + pl.col("PRS_ORD_NUM")).alias("CLE_DCI_JNT")
