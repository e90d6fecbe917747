{{ config(alias='money') }}
-- What was paid according to the source, and what the CDM says was paid: equal to the cent, but for
-- the rows that a rule sets aside. Anything else is a residual.
{% set sources = [
    {'table': 'ER_PRS_F', 'product': 'dcir', 'amount': compulsory_share('staged')},
    {'table': 'ER_ARO_F', 'product': 'dcir', 'amount': 'coalesce(staged.ARO_REM_MNT, 0)'},
    {
        'table': 'NS_PRS_F',
        'product': 'dcirs',
        'amount': 'coalesce(TOT_REM_MNT, coalesce(BSE_REM_MNT, 0) + coalesce(CPM_REM_MNT, 0))'
            ~ ' + coalesce(AR1_REM_MNT, 0) + coalesce(AR2_REM_MNT, 0) + coalesce(AR3_REM_MNT, 0)',
    },
] -%}
with staged_rows as (
    {%- for source in sources %}
    select
        '{{ source.table }}' as source_table,
        '{{ source.product }}' as product,
        staged._source_year as source_year,
        staged._row_id,
        cast({{ source.amount }} as decimal(18, 2)) as amount
    from {{ ref('stg_' ~ source.product ~ '__' ~ source.table | lower) }} as staged
    union all
    {%- endfor %}
    select
        source_table,
        lower(field),
        _source_year,
        _row_id,
        coalesce(paid_by_insurance, 0) + coalesce(paid_by_others, 0)
    from {{ ref('int_hospital_money__unioned') }}
),

told as (
    select
        {{ row_id_of('cost_id') }} as _row_id,
        count(*) as n_costs,
        sum(coalesce(paid_by_payer, 0)) as amount
    from {{ ref('cost') }}
    group by 1
),

final as (
    select
        staged_rows.source_table,
        staged_rows.source_year,
        staged_rows.product,
        cast(sum(staged_rows.amount) as decimal(38, 2)) as amount_in,
        sum(coalesce(told.amount, 0)) as amount_out,
        cast(
            sum(case when told._row_id is null then staged_rows.amount else 0 end) as decimal(38, 2)
        ) as amount_set_aside,
        sum(staged_rows.amount)
        - sum(coalesce(told.amount, 0))
        - sum(case when told._row_id is null then staged_rows.amount else 0 end) as residual
    from staged_rows
    left join told on staged_rows._row_id = told._row_id
    group by staged_rows.source_table, staged_rows.source_year, staged_rows.product
)

select * from final
