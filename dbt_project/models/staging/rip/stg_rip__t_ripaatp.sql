-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    {{ pad_code('ETA_NUM_EPMSI', 9) }} as ETA_NUM_EPMSI,
    {{ pad_code('RIP_NUM', 6) }} as RIP_NUM,
    {{ pad_code('SEQ_SEQ_NUM', 3) }} as SEQ_SEQ_NUM,
    {{ pad_code('SEQ_VEN_NUM', 3) }} as SEQ_VEN_NUM,
    {{ pad_code('FOR_ACT', 2) }} as FOR_ACT,
    TYP_VEN,
    MOD_VEN,
    ACT_COD,
    ENT_DEL_DAT,
    {{ pad_code('ANN', 4) }} as ANN,
    {{ pad_code('MOI', 2) }} as MOI
from {{ source('snds', 't_ripaatp') }}
