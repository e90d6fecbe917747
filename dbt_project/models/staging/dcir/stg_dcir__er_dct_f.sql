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
    {{ real_date('DCT_REM_DTD') }} as DCT_REM_DTD,
    {{ real_date('DCT_ARR_DTE') }} as DCT_ARR_DTE,
    DCT_RGU_SNS,
    DCT_MVT_SYS,
    DCT_IND_MTR
from {{ source('snds', 'er_dct_f') }}
