-- Rendered from the contracts by `python -m etl.contracts.render`: do not edit.
select
    _row_id,
    _source_year,
    {{ pad_code('PFS_PFS_NUM', 8) }} as PFS_PFS_NUM,
    {{ pad_code('DTE_ANN_TRT', 4) }} as DTE_ANN_TRT,
    {{ pad_code('DTE_MOI_FIN', 2) }} as DTE_MOI_FIN,
    {{ pad_code('PFS_PRA_SPE', 2) }} as PFS_PRA_SPE,
    PFS_CAT_COD,
    {{ pad_code('EXC_EXC_NAT', 2) }} as EXC_EXC_NAT,
    {{ pad_code('STA_PFS_NUM', 8) }} as STA_PFS_NUM,
    {{ pad_code('PFS_FIN_NUM', 8) }} as PFS_FIN_NUM,
    CNV_CNV_COD,
    IPP_SEX_COD,
    {{ pad_code('IPP_ANN_NAI', 4) }} as IPP_ANN_NAI,
    {{ pad_code('PFS_EXC_COM', 3) }} as PFS_EXC_COM,
    {{ pad_code('PFS_COD_POS', 5) }} as PFS_COD_POS
from {{ source('snds', 'da_pra_r') }}
