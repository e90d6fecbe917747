"""What hospitals are paid, for the answers: every row of money that no rule excludes."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from etl.synthetic.write import existed

#: Number of the stay or bill, then the amounts: tariff, compulsory insurance, who pays the rest.
_COLUMNS = {
    "T_MCOaaVALO": ("RSA_NUM", "MT_TOT_BR", "MT_TOT_AM", None),
    "T_MCOaaSTC": ("RSA_NUM", "REM_BAS_MNT", "TOT_MNT_AM", "TOT_MNT_AMC"),
    "T_MCOaaVALOACE": ("SEQ_NUM", "MNT_BR", "MNT_REMB", None),
    "T_SSRaaVALO": ("RHA_NUM", "DMA_BR", "DMA_AM", None),
    # No better source holds what external care of rehabilitation is paid.
    "T_SSRaaFBSTC": ("SEQ_NUM", "REM_BAS", "AMO_MNR", None),
    "T_SSRaaFCSTC": ("SEQ_NUM", "REM_BAS", "AMO_MNR", None),
    "T_SSRaaFC": ("RHA_NUM", "REM_BAS", "AMO_MNR", "AMC_MNR"),
    "T_SSRaaFB": ("RHA_NUM", "REM_BAS", "AMO_MNR", "AMC_MNR"),
    "T_HADaaVALO": ("RHAD_NUM", "MNT_TOT_BR", "MNT_TOT_AM", None),
    "T_HADaaFB": ("RHAD_NUM", "REM_BAS", "AMO_MNR", "AMC_MNR"),
    "T_HADaaFC": ("RHAD_NUM", "REM_BAS", "AMO_MNR", "AMC_MNR"),
    "T_RIPaaFB": ("RIP_NUM", "REM_BAS", "AMO_MNR", "AMC_MNR"),
    "T_RIPaaFC": ("RIP_NUM", "REM_BAS", "AMO_MNR", "AMC_MNR"),
}
_SCHEMA = {
    "business_key": pl.String,
    "source": pl.String,
    "base": pl.Float64,
    "refund": pl.Float64,
    "rest": pl.Float64,
}
#: Tables of money for which another table or DCIR is always the better source in these files.
STATED_ELSEWHERE = ("T_MCOaaFA", "T_MCOaaFB", "T_MCOaaFC")


def counted(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Rows of the tables of money among ``frames`` that must be costs, to the cent."""
    parts = [pl.DataFrame(schema=_SCHEMA)]
    for name, (number, base, refund, rest) in _COLUMNS.items():
        if name not in frames:
            continue
        frame = frames[name]
        # A column that the year's file has not is not in the file either.
        years = [year for year in frame["year"].unique().to_list() if existed(name, year)]
        rows = frame.filter((pl.col("fate") == "") & pl.col("year").is_in(years))
        finess = "ETA_NUM" if "ETA_NUM" in rows.columns else "ETA_NUM_EPMSI"
        parts.append(
            rows.select(
                business_key=pl.concat_str(
                    finess, number, pl.col("year").cast(pl.String), separator="|"
                ),
                source=pl.lit(name),
                base=pl.col(base).cast(pl.Float64).round(2),
                refund=pl.col(refund).cast(pl.Float64).round(2),
                rest=pl.col(rest).cast(pl.Float64).round(2) if rest else pl.lit(0.0),
            )
        )
    return pl.concat(parts)
