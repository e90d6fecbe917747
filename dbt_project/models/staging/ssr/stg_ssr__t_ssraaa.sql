-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    {{ pad_code('ETA_NUM', 9) }} as ETA_NUM,
    {{ pad_code('RHA_NUM', 7) }} as RHA_NUM,
    {{ pad_code('RHS_NUM', 3) }} as RHS_NUM,
    CDC_ACT,
    PHA_ACT
from {{ source('snds', 't_ssraaa') }}
