-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    BEN_NIR_PSA,
    BEN_RNG_GEM,
    BEN_NIR_ANO,
    BEN_IDT_ANO,
    CTO_IDT_ANO,
    {{ pad_code('MTT_PFS_NUM', 8) }} as MTT_PFS_NUM,
    {{ real_date('MTT_DEB_DTE') }} as MTT_DEB_DTE,
    {{ real_date('MTT_FIN_DTE') }} as MTT_FIN_DTE,
    MTT_MTF_COD,
    MTT_ORI_COD,
    IND_RNM_BEN
from {{ source('snds', 'ir_mtt_r') }}
