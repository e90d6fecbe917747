-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    {{ pad_code('ETA_NUM', 9) }} as ETA_NUM,
    {{ pad_code('RSA_NUM', 10) }} as RSA_NUM,
    {{ pad_code('UCD_UCD_COD', 13) }} as UCD_UCD_COD,
    {{ pad_code('COD_UCD', 7) }} as COD_UCD,
    {{ pad_code('COD_UCP_CIP', 7) }} as COD_UCP_CIP,
    COD_LES,
    QUA_COD,
    COE_TAU,
    ACH_PRI,
    FAC_TOT,
    MNT_UNI_ECA,
    TOT_MNT_ECA,
    DEL_DAT_ENT,
    {{ real_date('EXE_SOI_DTD') }} as EXE_SOI_DTD,
    {{ real_month('EXE_SOI_AMD') }} as EXE_SOI_AMD,
    {{ pad_code('ENT_ANN', 4) }} as ENT_ANN,
    {{ pad_code('ENT_MOI', 2) }} as ENT_MOI,
    TYP_ART,
    {{ pad_code('NUM_FAC', 3) }} as NUM_FAC
from {{ source('snds', 't_mcoaafh') }}
