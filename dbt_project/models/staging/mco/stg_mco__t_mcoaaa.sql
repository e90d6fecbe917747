-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    {{ pad_code('ETA_NUM', 9) }} as ETA_NUM,
    {{ pad_code('RSA_NUM', 10) }} as RSA_NUM,
    CDC_ACT,
    EXT_PMSI,
    ACV_ACT,
    PHA_ACT,
    MOD_ACT,
    DOC_ACT,
    ANP_ACT,
    ENT_DAT_DEL,
    NBR_EXE_ACT,
    RUM_SEQ,
    ACT_ORD_NUM
from {{ source('snds', 't_mcoaaa') }}
