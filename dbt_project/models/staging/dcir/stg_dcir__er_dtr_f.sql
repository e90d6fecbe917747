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
    TRS_ORD_NUM,
    TRS_PRS_IDE,
    TRS_ACT_QSN,
    TRS_ACT_PRU,
    TRS_TRS_MTF
from {{ source('snds', 'er_dtr_f') }}
