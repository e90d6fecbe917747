-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    FLX_DIS_DTD,
    CLE_DCI_JNT,
    BEN_IDT_ANO,
    BEN_IDT_TOP,
    {{ real_date('EXE_SOI_DTD') }} as EXE_SOI_DTD,
    {{ real_date('EXE_SOI_DTF') }} as EXE_SOI_DTF,
    {{ real_month('EXE_SOI_AMD') }} as EXE_SOI_AMD,
    {{ real_month('EXE_SOI_AMF') }} as EXE_SOI_AMF,
    PRS_NAT_REF,
    {{ pad_code('PFS_EXE_NUM', 8) }} as PFS_EXE_NUM,
    {{ pad_code('PFS_PRE_NUM', 8) }} as PFS_PRE_NUM,
    {{ pad_code('ETB_EXE_FIN', 8) }} as ETB_EXE_FIN,
    {{ pad_code('ETB_PRE_FIN', 8) }} as ETB_PRE_FIN,
    {{ pad_code('BEN_RES_DPT', 3) }} as BEN_RES_DPT,
    BIO_SEQ_NUM,
    BIO_PRS_IDE,
    BIO_ACT_QSN
from {{ source('snds', 'ns_bio_f') }}
