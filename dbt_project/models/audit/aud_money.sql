{{ config(alias='money') }}
-- What was paid according to the source, and what the CDM contains as paid: equal to the cent, but
-- for the rows that a rule excludes. A row that no rule excludes and that has no cost, or a cost
-- without its staged row, leaves a residual.
{% set sources = [
    {'table': 'ER_PRS_F', 'product': 'dcir', 'amount': compulsory_share('staged')},
    {'table': 'ER_ARO_F', 'product': 'dcir', 'payer': 'other', 'amount': 'staged.ARO_REM_MNT'},
    {
        'table': 'NS_PRS_F',
        'product': 'dcirs',
        'amount': 'coalesce(TOT_REM_MNT, coalesce(BSE_REM_MNT, 0) + coalesce(CPM_REM_MNT, 0))',
    },
    {
        'table': 'NS_PRS_F',
        'product': 'dcirs',
        'payer': 'other',
        'is_first': 'false',
        'amount': 'coalesce(AR1_REM_MNT, 0) + coalesce(AR2_REM_MNT, 0) + coalesce(AR3_REM_MNT, 0)',
    },
] -%}
with staged_rows as (
    {%- for source in sources %}
    select
        '{{ source.table }}' as source_table,
        '{{ source.product }}' as product,
        '{{ source.get('payer', 'compulsory') }}' as payer,
        staged._source_year as source_year,
        staged._row_id,
        {{ source.get('is_first', 'true') }} as is_first,
        coalesce({{ narrowed(source.amount, 'decimal(18, 2)') }}, 0) as amount
    from {{ ref('stg_' ~ source.product ~ '__' ~ source.table | lower) }} as staged
    union all
    {%- endfor %}
    {%- for payer, amount in (('compulsory', 'paid_by_insurance'), ('other', 'paid_by_others')) %}
    select
        source_table,
        lower(field),
        '{{ payer }}',
        _source_year,
        _row_id,
        {{ 'true' if loop.first else 'false' }},
        coalesce({{ amount }}, 0)
    from {{ ref('int_hospital_money__unioned') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- rows that no rule excludes: each must have its cost
due as (
    select lines._row_id from {{ ref('int_dcir_line__classified') }} as lines
    where {{ keeps_cost('lines') }}
    union all
    select _row_id from {{ ref('int_dcir_payment__classified') }}
    where excluded_by is null and not is_superseded
    union all
    select _row_id from {{ ref('int_hospital_money__classified') }}
    where excluded_by is null and not is_superseded
),

-- the first cost of a row is that of its own payer, the others those of who paid the rest
costs as (
    select
        {{ row_id_of('cost_id') }} as _row_id,
        cost_id % 32 = 0 as is_first,
        sum(coalesce(paid_by_payer, 0)) as amount
    from {{ ref('cost') }}
    group by 1, 2
),

compared as (
    select
        coalesce(staged_rows.source_table, 'no staged row') as source_table,
        staged_rows.source_year,
        staged_rows.product,
        staged_rows.payer,
        coalesce(staged_rows.amount, 0) as amount_in,
        coalesce(costs.amount, 0) as amount_out,
        case
            when costs._row_id is null and due._row_id is null then staged_rows.amount
            else 0
        end as amount_set_aside
    from staged_rows
    left join due on staged_rows._row_id = due._row_id
    full outer join costs
        on staged_rows._row_id = costs._row_id and staged_rows.is_first = costs.is_first
),

final as (
    select
        source_table,
        source_year,
        product,
        payer,
        cast(sum(amount_in) as decimal(38, 2)) as amount_in,
        sum(amount_out) as amount_out,
        cast(sum(amount_set_aside) as decimal(38, 2)) as amount_set_aside,
        sum(amount_in) - sum(amount_out) - sum(amount_set_aside) as residual
    from compared
    group by source_table, source_year, product, payer
)

select * from final
