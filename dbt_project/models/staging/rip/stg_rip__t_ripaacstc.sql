-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    {{ pad_code('ETA_NUM_EPMSI', 9) }} as ETA_NUM_EPMSI,
    IPP_IRR_CRY,
    NIR_ANO_17,
    NIR_RET,
    NAI_RET,
    SEX_RET,
    COH_NAI_RET,
    COH_SEX_RET,
    RNG_NAI,
    RNG_BEN,
    IPP_BEN_ANO
from {{ source('snds', 't_ripaacstc') }}
