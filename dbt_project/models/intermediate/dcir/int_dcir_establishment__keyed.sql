{{ config(**by_flux()) }}
-- At most one row per line of ER_PRS_F, so that the join multiplies nothing; of a row delivered
-- twice the last one is kept (R13).
{% set columns = ['ETB_EXE_FIN', 'ETE_CAT_COD', 'ETE_IND_TAA', 'ETE_MCO_DDP'] -%}
with establishments as (
    select
        _row_id,
        {%- for column in nine_keys() + columns %}
        {{ column }},
        {%- endfor %}
        ETE_NAT_FSJ
    from {{ ref('stg_dcir__er_ete_f') }}
    where {{ in_flux_batch('stg_dcir__er_ete_f') }}
    union all
    select
        _row_id,
        {%- for key in datamart_keys() %}
        {{ key }},
        {%- endfor %}
        nullif(ETB_EXE_FIN, '00000000'),
        {%- for column in columns[1:] %}
        {{ column }},
        {%- endfor %}
        null
    from {{ ref('stg_dcirs__ns_prs_f') }}
    where {{ in_flux_batch('stg_dcirs__ns_prs_f') }}
),

final as (
    select
        {%- for key in nine_keys() %}
        {{ key }},
        {%- endfor %}
        max(_row_id) as _row_id,
        min(ETB_EXE_FIN) as ETB_EXE_FIN,
        min(ETE_CAT_COD) as ETE_CAT_COD,
        bool_or(coalesce(ETE_IND_TAA = '1', false)) as is_public_invoice,
        bool_or(ETE_MCO_DDP is not null and ETE_MCO_DDP not in ('Z', 'X')) as is_private_stay,
        bool_or(coalesce(ETE_NAT_FSJ = 'D', false)) as ends_with_death
    from establishments
    group by {{ nine_keys() | join(', ') }}
)

select * from final
