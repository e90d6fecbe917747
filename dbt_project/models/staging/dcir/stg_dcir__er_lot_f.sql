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
    PHA_ORD_NUM,
    LOT_ORD_NUM,
    LOT_PHA_NUM,
    LOT_PHA_QSN,
    LOT_PHA_TOP,
    LOT_SER_NUM
from {{ source('snds', 'er_lot_f') }}
