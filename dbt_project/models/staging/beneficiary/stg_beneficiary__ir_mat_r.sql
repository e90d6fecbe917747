-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    BEN_NIR_PSA,
    BEN_RNG_GEM,
    BEN_NIR_ANO,
    BEN_IDT_ANO,
    CTO_IDT_ANO,
    {{ real_date('BEN_GRS_DTE') }} as BEN_GRS_DTE,
    {{ real_month('BEN_DRA_AME') }} as BEN_DRA_AME,
    IND_RNM_BEN
from {{ source('snds', 'ir_mat_r') }}
