-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    {{ pad_code('ETA_NUM', 9) }} as ETA_NUM,
    {{ pad_code('RSA_NUM', 10) }} as RSA_NUM,
    ASS_DGN,
    DGN_ASS_NUM
from {{ source('snds', 't_mcoaad') }}
