-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    {{ pad_code('ETA_NUM', 9) }} as ETA_NUM,
    {{ pad_code('RSA_NUM', 10) }} as RSA_NUM,
    RUM_ORD_NUM,
    DGN_PAL,
    DGN_REL,
    AUT_TYP1_UM,
    AUT_TYP2_UM,
    PAR_DUR_SEJ,
    {{ pad_code('ETA_NUM_GEO', 9) }} as ETA_NUM_GEO,
    IGS2_COD,
    AGE_GES,
    NUM_ANO_UM
from {{ source('snds', 't_mcoaaum') }}
