-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    DCT_ORD_NUM,
    FLX_DIS_DTD,
    FLX_EMT_NUM,
    FLX_EMT_ORD,
    FLX_EMT_TYP,
    FLX_TRT_DTD,
    ORG_CLE_NUM,
    PRS_ORD_NUM,
    REM_TYP_AFF,
    ARO_ORD_NUM,
    ARO_REM_TYP,
    ARO_REM_MNT,
    ARO_REM_BSE,
    ARO_ASU_NAT,
    ARO_PRS_NAT
from {{ source('snds', 'er_aro_f') }}
