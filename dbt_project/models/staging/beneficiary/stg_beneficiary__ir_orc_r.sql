-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    BEN_NIR_PSA,
    BEN_RNG_GEM,
    BEN_NIR_ANO,
    BEN_IDT_ANO,
    CTO_IDT_ANO,
    BEN_CTA_TYP,
    BEN_CMU_ORG,
    {{ real_date('MLL_CTA_DSD') }} as MLL_CTA_DSD,
    {{ real_date('MLL_CTA_DSF') }} as MLL_CTA_DSF,
    REF_C2S_COD,
    IND_RNM_BEN
from {{ source('snds', 'ir_orc_r') }}
