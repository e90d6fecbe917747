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
    UCD_ORD_NUM,
    {{ pad_code('UCD_UCD_COD', 13) }} as UCD_UCD_COD,
    UCD_DLV_NBR,
    UCD_FRC_COE,
    UCD_TOP_UCD,
    UCD_TTF_MNT
from {{ source('snds', 'er_ucd_f') }}
