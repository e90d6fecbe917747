-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    BEN_NIR_PSA,
    BEN_RNG_GEM,
    BEN_NIR_ANO,
    BEN_IDT_ANO,
    CTO_IDT_ANO,
    BEN_EXO_MTF,
    {{ real_date('BEN_EXO_DTD') }} as BEN_EXO_DTD,
    {{ real_date('BEN_EXO_DTF') }} as BEN_EXO_DTF,
    IND_RNM_BEN
from {{ source('snds', 'ir_etm_r') }}
