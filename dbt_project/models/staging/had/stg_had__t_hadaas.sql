-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    {{ pad_code('ETA_NUM_EPMSI', 9) }} as ETA_NUM_EPMSI,
    {{ pad_code('RHAD_NUM', 5) }} as RHAD_NUM,
    SEJ_NBJ,
    HAD_DUREE,
    SEJ_FINI,
    SEJ_ERR,
    {{ pad_code('SOR_ANN', 4) }} as SOR_ANN,
    {{ pad_code('SOR_MOI', 2) }} as SOR_MOI,
    ENT_MOD,
    ENT_PRV,
    SOR_MOD,
    SOR_DES,
    COD_SEX,
    {{ pad_code('ETA_NUM_GEO', 9) }} as ETA_NUM_GEO
from {{ source('snds', 't_hadaas') }}
