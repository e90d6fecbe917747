-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    {{ pad_code('ETA_NUM', 9) }} as ETA_NUM,
    {{ pad_code('SEQ_NUM', 10) }} as SEQ_NUM,
    NIR_ANO_17,
    {{ real_date('EXE_SOI_DTD') }} as EXE_SOI_DTD,
    {{ real_date('EXE_SOI_DTF') }} as EXE_SOI_DTF,
    {{ real_month('EXE_SOI_AMD') }} as EXE_SOI_AMD,
    {{ real_month('EXE_SOI_AMF') }} as EXE_SOI_AMF,
    {{ real_date('ENT_DAT') }} as ENT_DAT,
    {{ real_date('SOR_DAT') }} as SOR_DAT,
    SEJ_NUM,
    NIR_RET,
    NAI_RET,
    SEX_RET,
    IAS_RET,
    ENT_DAT_RET,
    RNG_NAI,
    RNG_BEN,
    RAC_MNT_PAT,
    IPP_BEN_ANO
from {{ source('snds', 't_ssraacstc') }}
