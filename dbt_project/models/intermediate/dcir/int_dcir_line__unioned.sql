{{ config(materialized='view') }}
-- Lines of DCIR and, in its form, those of the simplified datamart (NS_PRS_F), which knows the
-- person and not the right, and has no surcharge of its own.
{% set shared = [
    'EXE_SOI_DTD', 'EXE_SOI_DTF', 'EXE_SOI_AMD', 'PRS_NAT_REF', 'PRS_ACT_QTE', 'PRS_ACT_NBR',
    'RGO_ASU_NAT', 'DPN_QLF', 'PRS_PAI_MNT', 'BSE_REM_BSE', 'PFS_EXE_NUM', 'PSE_SPE_COD',
    'PSE_ACT_NAT', 'PSE_STJ_COD', 'PFS_PRE_NUM',
] -%}
select
    'ER_PRS_F' as source_table,
    false as is_in_dcir,
    _row_id,
    _source_year,
    {%- for column in nine_keys() + shared %}
    {{ column }},
    {%- endfor %}
    BEN_NIR_PSA,
    {{ rank_of('own') }} as BEN_RNG_GEM,
    BEN_DCD_DTE,
    CPL_MAJ_TOP,
    PRS_DPN_QLP,
    BSE_REM_MNT,
    CPL_REM_MNT,
    ORG_AFF_BEN,
    BEN_RES_DPT,
    BEN_RES_COM,
    BEN_CMU_TOP,
    BEN_C2S_TYP,
    BEN_ACS_TOP,
    {{ is_anonymous_scheme('RGM_GRG_COD', 'RGM_COD') }} as is_anonymous
from {{ ref('stg_dcir__er_prs_f') }} as own
union all
select
    'NS_PRS_F',
    delivered.FLX_DIS_DTD is not null,
    simplified._row_id,
    simplified._source_year,
    {%- for key in datamart_keys('simplified') %}
    {{ key }},
    {%- endfor %}
    {%- for column in shared %}
    simplified.{{ column }},
    {%- endfor %}
    simplified.BEN_IDT_ANO,
    {{ identity_rank() }},
    null,
    null,
    null,
    coalesce(
        simplified.TOT_REM_MNT - coalesce(simplified.CPM_REM_MNT, 0), simplified.BSE_REM_MNT
    ),
    simplified.CPM_REM_MNT,
    null,
    simplified.BEN_RES_DPT,
    simplified.BEN_RES_COM,
    simplified.BEN_CMU_TOP,
    null,
    simplified.DRT_ACS_TOP,
    {{ is_anonymous_scheme('simplified.GRG_LIQ_COD', 'simplified.RGM_COD') }}
from {{ ref('stg_dcirs__ns_prs_f') }} as simplified
left join {{ ref('int_dcir_flux__delivered') }} as delivered
    on simplified.FLX_DIS_DTD = delivered.FLX_DIS_DTD
