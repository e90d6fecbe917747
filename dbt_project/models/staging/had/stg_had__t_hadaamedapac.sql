-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    {{ pad_code('ETA_NUM_EPMSI', 9) }} as ETA_NUM_EPMSI,
    {{ pad_code('RHAD_NUM', 5) }} as RHAD_NUM,
    {{ pad_code('SEQ_SEJ', 4) }} as SEQ_SEJ,
    {{ pad_code('SSEQ_NUM', 4) }} as SSEQ_NUM,
    {{ pad_code('UCD_UCD_COD', 13) }} as UCD_UCD_COD,
    COD_LES,
    ADM_NBR,
    SEJ_NBR,
    ACH_PRI_ADM,
    DAT_DELAI,
    {{ pad_code('ADM_ANN', 4) }} as ADM_ANN,
    {{ pad_code('ADM_MOIS', 2) }} as ADM_MOIS,
    INI_VAL_PRS,
    PRS_TYP,
    {{ pad_code('ANN', 4) }} as ANN,
    {{ pad_code('MOIS', 2) }} as MOIS,
    TOP_UCD_AUTO,
    FAC_NUM
from {{ source('snds', 't_hadaamedapac') }}
