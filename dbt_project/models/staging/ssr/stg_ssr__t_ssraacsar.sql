-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    {{ pad_code('ETA_NUM', 9) }} as ETA_NUM,
    {{ pad_code('RHA_NUM', 7) }} as RHA_NUM,
    {{ pad_code('RHS_NUM', 3) }} as RHS_NUM,
    CSAR_COD,
    NBR_CSAR,
    TYP_INTERV,
    DEL_DAT_ENT
from {{ source('snds', 't_ssraacsar') }}
