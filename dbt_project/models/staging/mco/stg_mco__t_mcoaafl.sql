-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    {{ pad_code('ETA_NUM', 9) }} as ETA_NUM,
    {{ pad_code('RSA_NUM', 10) }} as RSA_NUM,
    NABM_COD,
    ACT_NBR,
    DEL_DAT_ENT,
    {{ real_date('EXE_SOI_DTD') }} as EXE_SOI_DTD,
    {{ real_month('EXE_SOI_AMD') }} as EXE_SOI_AMD,
    {{ pad_code('ANN_MOI', 6) }} as ANN_MOI,
    {{ pad_code('PSH_MDT', 2) }} as PSH_MDT,
    {{ pad_code('PSH_DMT', 3) }} as PSH_DMT,
    TYP_ART,
    {{ pad_code('NUM_FAC', 3) }} as NUM_FAC
from {{ source('snds', 't_mcoaafl') }}
