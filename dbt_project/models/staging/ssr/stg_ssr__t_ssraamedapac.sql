-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    {{ pad_code('ETA_NUM', 9) }} as ETA_NUM,
    {{ pad_code('RHA_NUM', 7) }} as RHA_NUM,
    {{ pad_code('RHS_NUM', 3) }} as RHS_NUM,
    {{ pad_code('UCD_UCD_COD', 13) }} as UCD_UCD_COD,
    {{ pad_code('UCD_COD', 7) }} as UCD_COD,
    ADM_NBR,
    ACH_PRI_ADM,
    DAT_DELAI,
    {{ pad_code('ADM_ANN', 4) }} as ADM_ANN,
    {{ pad_code('ADM_MOIS', 2) }} as ADM_MOIS,
    PRS_TYP,
    {{ pad_code('ANN', 4) }} as ANN,
    {{ pad_code('MOI', 2) }} as MOI,
    TOP_UCD_AUTO
from {{ source('snds', 't_ssraamedapac') }}
