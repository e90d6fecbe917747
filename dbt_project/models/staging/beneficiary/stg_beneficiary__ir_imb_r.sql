-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    BEN_NIR_PSA,
    BEN_RNG_GEM,
    IMB_ETM_NAT,
    IMB_ALD_NUM,
    {{ real_date('IMB_ALD_DTD') }} as IMB_ALD_DTD,
    {{ real_date('IMB_ALD_DTF') }} as IMB_ALD_DTF,
    MED_MTF_COD,
    MED_NCL_IDT,
    IMB_MLP_TAB,
    {{ real_date('INS_DTE') }} as INS_DTE,
    {{ real_date('UPD_DTE') }} as UPD_DTE
from {{ source('snds', 'ir_imb_r') }}
