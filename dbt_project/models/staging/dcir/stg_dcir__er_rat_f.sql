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
    ATT_NAT,
    BEN_RAT_ANO,
    {{ real_date('RAT_IPP_DTE') }} as RAT_IPP_DTE,
    RAT_IPP_TAU
from {{ source('snds', 'er_rat_f') }}
