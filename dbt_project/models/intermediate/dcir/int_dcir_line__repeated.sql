{{ config(**by_flux()) }}
-- Lines of ER_PRS_F delivered more than once under the same nine keys (archived months read twice,
-- a flux delivered again: R13). That of the last file is kept and, within a file, the last by
-- content: lines have no order. Normally this table is empty.
{% set content = [
    'BEN_NIR_PSA', 'BEN_RNG_GEM', 'EXE_SOI_DTD', 'EXE_SOI_DTF', 'EXE_SOI_AMD', 'PRS_NAT_REF',
    'PRS_ACT_QTE', 'PRS_ACT_NBR', 'RGO_ASU_NAT', 'DPN_QLF', 'PRS_DPN_QLP', 'CPL_MAJ_TOP',
    'PRS_PAI_MNT', 'BSE_REM_BSE', 'BSE_REM_MNT', 'CPL_REM_MNT', 'PFS_EXE_NUM', 'PSE_SPE_COD',
    'PSE_ACT_NAT', 'PSE_STJ_COD', 'PFS_PRE_NUM', 'ORG_AFF_BEN', 'BEN_RES_DPT', 'BEN_RES_COM',
    'BEN_DCD_DTE', 'BEN_CMU_TOP', 'BEN_C2S_TYP', 'BEN_ACS_TOP',
] -%}
with lines as (
    select lines.* from {{ ref('int_dcir_line__unioned') }} as lines
    where {{ in_flux_batch('lines') }}
),

repeated as (
    select {{ nine_keys() | join(', ') }}
    from lines
    group by {{ nine_keys() | join(', ') }}
    having count(*) > 1
),

blocks as (
    select * from {{ ref('stg_manifest__blocks') }}
),

final as (
    select
        {%- for key in nine_keys() %}
        repeated.{{ key }},
        {%- endfor %}
        {{ value_at_max('lines._row_id', place_of_row('lines', content)) }} as kept_row_id
    from repeated
    inner join lines on {{ nine_key_join('repeated', 'lines') }}
    left join blocks on {{ block_of_row_id('lines._row_id') }} = blocks.block
    group by {% for key in nine_keys() %}repeated.{{ key }}{{ ', ' if not loop.last }}{% endfor %} -- noqa
)

select * from final
