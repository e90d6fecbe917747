-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    {{ pad_code('ETA_NUM_EPMSI', 9) }} as ETA_NUM_EPMSI,
    {{ pad_code('RHAD_NUM', 5) }} as RHAD_NUM,
    {{ pad_code('SEQ_NUM', 4) }} as SEQ_NUM,
    {{ pad_code('SSEQ_NUM', 4) }} as SSEQ_NUM,
    DGN_ASS_MPP,
    {{ pad_code('ETA_NUM_GEO', 9) }} as ETA_NUM_GEO
from {{ source('snds', 't_hadaadmpp') }}
