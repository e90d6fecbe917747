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
    TIP_ORD_NUM,
    {{ pad_code('TIP_PRS_IDE', 7) }} as TIP_PRS_IDE,
    TIP_ACT_QSN,
    TIP_PRS_TYP,
    {{ real_date('TIP_ACL_DTD') }} as TIP_ACL_DTD,
    {{ real_date('TIP_ACL_DTF') }} as TIP_ACL_DTF,
    TIP_ACT_PRU,
    TIP_PUB_PRX
from {{ source('snds', 'er_tip_f') }}
