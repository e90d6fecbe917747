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
    ITR_ORD_NUM,
    {{ real_date('TRS_DTD_DTE') }} as TRS_DTD_DTE,
    {{ real_date('TRS_DTF_DTE') }} as TRS_DTF_DTE,
    {{ real_month('TRS_DTD_AME') }} as TRS_DTD_AME,
    {{ real_month('TRS_DTF_AME') }} as TRS_DTF_AME,
    {{ pad_code('TRS_TRP_HRD', 4) }} as TRS_TRP_HRD,
    {{ pad_code('TRS_TRP_HRA', 4) }} as TRS_TRP_HRA,
    TRS_DIS_NIV,
    TRS_DIS_REL,
    TRS_DIS_USG
from {{ source('snds', 'er_trs_f') }}
