-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    BEN_IDT_ANO,
    BEN_IDT_TOP,
    ASS_NIR_ANO,
    {{ pad_code('BEN_CDI_NIR', 2) }} as BEN_CDI_NIR,
    {{ pad_code('BEN_NAI_ANN', 4) }} as BEN_NAI_ANN,
    {{ pad_code('BEN_NAI_MOI', 2) }} as BEN_NAI_MOI,
    BEN_SEX_COD,
    {{ real_date('BEN_DCD_DTE') }} as BEN_DCD_DTE,
    {{ real_month('BEN_DCD_AME') }} as BEN_DCD_AME,
    {{ pad_code('BEN_RES_DPT', 3) }} as BEN_RES_DPT,
    {{ pad_code('BEN_RES_COM', 3) }} as BEN_RES_COM,
    {{ pad_code('ORG_AFF_BEN', 9) }} as ORG_AFF_BEN,
    BEN_TOP_CNS,
    {{ real_date('MAX_TRT_DTD') }} as MAX_TRT_DTD,
    {{ real_date('BEN_DTE_INS') }} as BEN_DTE_INS,
    {{ real_date('BEN_DTE_MAJ') }} as BEN_DTE_MAJ
from {{ source('snds', 'ir_iba_r') }}
