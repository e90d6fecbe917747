-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    {{ pad_code('ETA_NUM_EPMSI', 9) }} as ETA_NUM_EPMSI,
    {{ pad_code('RIP_NUM', 6) }} as RIP_NUM,
    {{ pad_code('SEQ_SEQ_NUM', 3) }} as SEQ_SEQ_NUM,
    IPP_IRR_CRY,
    {{ pad_code('SEJ_IDT', 5) }} as SEJ_IDT,
    ASS_DGN,
    {{ pad_code('ETA_NUM_TWO', 9) }} as ETA_NUM_TWO
from {{ source('snds', 't_ripaarsad') }}
