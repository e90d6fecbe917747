-- At most one row per line of ER_PRS_F, so that the join multiplies nothing; of a row delivered
-- twice the last one is kept (R13).
with establishments as (
    select * from {{ ref('stg_dcir__er_ete_f') }}
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
