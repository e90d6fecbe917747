-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    {{ pad_code('ETA_NUM', 9) }} as ETA_NUM,
    {{ pad_code('ETB_EXE_FIN', 8) }} as ETB_EXE_FIN,
    SOC_RAI,
    STA_ETA,
    REG_ETA
from {{ source('snds', 't_mcoaae') }}
