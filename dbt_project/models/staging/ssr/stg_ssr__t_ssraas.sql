-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    {{ pad_code('ETA_NUM', 9) }} as ETA_NUM,
    {{ pad_code('RHA_NUM', 7) }} as RHA_NUM,
    SUI_TYP,
    SEJ_NBJ,
    PRE_JOU_NBR,
    ENT_MOD,
    ENT_PRV,
    SOR_MOD,
    SOR_DES,
    ACT_TYP,
    NBR_RHA,
    TYP_VALO_SEJ
from {{ source('snds', 't_ssraas') }}
