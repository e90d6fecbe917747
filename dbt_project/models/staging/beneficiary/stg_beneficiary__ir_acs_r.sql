-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    BEN_NIR_PSA,
    BEN_RNG_GEM,
    BEN_NIR_ANO,
    BEN_IDT_ANO,
    CTO_IDT_ANO,
    FAM_DRT_VRU,
    {{ real_date('FAM_DRT_DSD') }} as FAM_DRT_DSD,
    {{ real_date('FAM_DRT_DSF') }} as FAM_DRT_DSF,
    IND_RNM_BEN
from {{ source('snds', 'ir_acs_r') }}
