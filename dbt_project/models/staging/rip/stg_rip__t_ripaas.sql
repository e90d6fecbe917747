-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    {{ pad_code('ETA_NUM_EPMSI', 9) }} as ETA_NUM_EPMSI,
    {{ pad_code('RIP_NUM', 6) }} as RIP_NUM,
    SEJ_DUREE,
    SEJ_NBJ,
    SEJ_NBJ_CPLT,
    SEJ_NBJ_PARTL,
    SEJ_FINI,
    HOS_TYP,
    {{ pad_code('SOR_ANN', 4) }} as SOR_ANN,
    {{ pad_code('SOR_MOI', 2) }} as SOR_MOI,
    ENT_MOD,
    ENT_PRV,
    SOR_MOD,
    SOR_DES,
    TYP_GEN_RSA,
    COD_SEX,
    {{ pad_code('ETA_NUM_TWO', 9) }} as ETA_NUM_TWO
from {{ source('snds', 't_ripaas') }}
