-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    BEN_NIR_ANO,
    {{ real_date('EXE_SOI_DTD') }} as EXE_SOI_DTD,
    TES_TYP_COD,
    TES_RES_COD
from {{ source('snds', 'de_dep_f') }}
