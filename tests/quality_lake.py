"""The lake of the good candidate: only the tables and columns that a check reads."""

from __future__ import annotations

import duckdb

from etl.workspace import Workspace

# Lake table -> SELECT; only the columns that a check reads.
LAKE = {
    "dcir/er_prs_f": """
        select
            cast(null as integer) as _source_year,
            'P' || (i * 7) % 300 as BEN_NIR_PSA,
            '1' as BEN_RNG_GEM,
            cast(date '2018-01-01' + to_months(cast(i // 20 as integer)) as date) as FLX_DIS_DTD,
            cast(date '2018-01-01' + to_months(cast(i // 20 as integer)) as date) as EXE_SOI_DTD,
            '3313' as PRS_NAT_REF,
            cast(1 as bigint) as PRS_ACT_QTE
        from range(1200) as numbers(i)
        union all by name
        select
            'P' || (i * 7 * 30) % 300 as BEN_NIR_PSA,
            '1' as BEN_RNG_GEM,
            date '2022-12-01' as FLX_DIS_DTD,
            cast(date '2018-01-01' + to_months(cast(i * 3 // 2 as integer)) as date) as EXE_SOI_DTD,
            '3313' as PRS_NAT_REF,
            cast(-1 as bigint) as PRS_ACT_QTE
        from range(20) as numbers(i)
    """,
    "mco/t_mcoaab": """
        select 2019 as _source_year, 'E' as ETA_NUM, 'R' || i as RSA_NUM, 'I10' as DGN_PAL,
            '05M09' || (1 + i % 4) as GRG_GHM,
            cast(i % 2 as bigint) as SEJ_NBJ
        from range(1200) as numbers(i)
    """,
    "mco/t_mcoaac": """
        select 'E' as ETA_NUM, 'R' || i as RSA_NUM, '0' as NIR_RET, '0' as NAI_RET, '0' as SEX_RET,
            '0' as SEJ_RET, '0' as FHO_RET, '0' as PMS_RET, '0' as DAT_RET
        from range(1200) as numbers(i)
    """,
    "beneficiary/ir_ben_r": """
        select 'P' || i as BEN_NIR_PSA, '1' as BEN_RNG_GEM, 'I' || i as BEN_IDT_ANO
        from range(300) as numbers(i)
    """,
}


def good_lake(workspace: Workspace) -> None:
    """Write the few lake tables that checks read."""
    for path, select in LAKE.items():
        write_lake(workspace, path, select)


def write_lake(workspace: Workspace, path: str, select: str) -> None:
    """Write one table of the lake from a query."""
    folder = workspace.lake / path / "f00000"
    folder.mkdir(parents=True, exist_ok=True)
    duckdb.sql(f"copy ({select}) to '{folder / 'part-00000.parquet'}' (format parquet)")
