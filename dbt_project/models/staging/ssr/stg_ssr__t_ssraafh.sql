-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    {{ pad_code('ETA_NUM', 9) }} as ETA_NUM,
    {{ pad_code('RHA_NUM', 7) }} as RHA_NUM,
    {{ pad_code('UCD_UCD_COD', 13) }} as UCD_UCD_COD,
    {{ pad_code('COD_UCP_CIP', 7) }} as COD_UCP_CIP,
    QUA_COD,
    FRACT_COE,
    ACH_PRI,
    FAC_TOT,
    DEL_DAT_ENT,
    {{ real_date('EXE_SOI_DTD') }} as EXE_SOI_DTD,
    {{ real_month('EXE_SOI_AMD') }} as EXE_SOI_AMD,
    {{ pad_code('ENT_ANN', 4) }} as ENT_ANN,
    {{ pad_code('ENT_MOI', 2) }} as ENT_MOI
from {{ source('snds', 't_ssraafh') }}
