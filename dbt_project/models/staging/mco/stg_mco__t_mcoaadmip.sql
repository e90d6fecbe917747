-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    {{ pad_code('ETA_NUM', 9) }} as ETA_NUM,
    {{ pad_code('RSA_NUM', 10) }} as RSA_NUM,
    {{ pad_code('LPP_COD', 7) }} as LPP_COD,
    {{ pad_code('TIP_PRS_IDE', 7) }} as TIP_PRS_IDE,
    NBR_POS,
    NBR_POS_PRI,
    DELAI,
    {{ pad_code('DAT_POS_ANN', 4) }} as DAT_POS_ANN,
    {{ pad_code('MOI_POS', 2) }} as MOI_POS,
    {{ pad_code('ETA_NUM_ENT', 9) }} as ETA_NUM_ENT,
    PRS_TYP,
    {{ pad_code('ANN', 4) }} as ANN,
    {{ pad_code('MOI', 2) }} as MOI
from {{ source('snds', 't_mcoaadmip') }}
