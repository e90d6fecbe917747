-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    DCD_IDT_ENC,
    CER_LIG_NUM,
    ECD_CAU_RNG,
    ECD_CIM_COD,
    DCD_IDT_TOP,
    BEN_IDT_ANO,
    BEN_IDT_TOP,
    BEN_NIR_ANO,
    {{ pad_code('FLX_PER_ANN', 4) }} as FLX_PER_ANN,
    {{ real_date('BEN_DCD_DTE') }} as BEN_DCD_DTE,
    {{ real_month('BEN_DCD_AME') }} as BEN_DCD_AME
from {{ source('snds', 'ki_ecd_r') }}
