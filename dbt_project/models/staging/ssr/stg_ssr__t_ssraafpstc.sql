-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    {{ pad_code('ETA_NUM', 9) }} as ETA_NUM,
    {{ pad_code('SEQ_NUM', 10) }} as SEQ_NUM,
    {{ pad_code('LPP_COD', 7) }} as LPP_COD,
    {{ pad_code('TIP_PRS_IDE', 7) }} as TIP_PRS_IDE,
    LPP_QUA,
    LPP_PRI_UNI,
    FAC_MNT,
    MNT_UNI_ECA,
    TOT_MNT_ECA,
    DEL_DAT_ENT,
    {{ real_date('EXE_SOI_DTD') }} as EXE_SOI_DTD,
    {{ real_month('EXE_SOI_AMD') }} as EXE_SOI_AMD,
    {{ pad_code('ETA_NUM_GEO', 9) }} as ETA_NUM_GEO,
    TYP_ART
from {{ source('snds', 't_ssraafpstc') }}
