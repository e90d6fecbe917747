-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    BEN_IDT_ANO,
    VERSION,
    CT_TOPS
from {{ source('snds', 'ct_ind') }}
