-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    {{ pad_code('ETA_NUM', 9) }} as ETA_NUM,
    {{ pad_code('RHA_NUM', 7) }} as RHA_NUM,
    GME_COD,
    NBR_JOU,
    GMT_NUM,
    {{ pad_code('RHS_NUM', 3) }} as RHS_NUM,
    RET_COD
from {{ source('snds', 't_ssraagme') }}
