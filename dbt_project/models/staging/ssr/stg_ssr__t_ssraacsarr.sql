-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    {{ pad_code('ETA_NUM', 9) }} as ETA_NUM,
    {{ pad_code('RHA_NUM', 7) }} as RHA_NUM,
    {{ pad_code('RHS_NUM', 3) }} as RHS_NUM,
    CSARR_COD,
    NBR_CSARR,
    TYP_INTERV,
    APP_SUP,
    MOD_LIEU,
    MOD_PAT,
    MOD_PAT_2,
    MOD_TEC,
    EXT_DOC,
    NBR_PAT_INTERV,
    NBR_INTERV,
    ENT_DAT_DEL_UM,
    DEL_DAT_ENT
from {{ source('snds', 't_ssraacsarr') }}
