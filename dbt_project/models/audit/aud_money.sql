{{ config(alias='money') }}
-- What was paid according to the source, by whom, and what the CDM contains as paid: equal to the
-- cent but for excluded rows and payments taken back whole. A row without its cost, or a cost
-- without its row, is a residual. The first payer has the first cost of a row, others the rest.
{% set ns_paid = 'coalesce(TOT_REM_MNT, coalesce(BSE_REM_MNT, 0) + coalesce(CPM_REM_MNT, 0))' -%}
{% set reversed = 'coalesce(staged.PRS_ACT_QTE < 0, false)' -%}
{% set lines = [
    {'table': 'ER_PRS_F', 'product': 'dcir', 'paid': compulsory_share('staged'), 'others': '0'},
    {
        'table': 'NS_PRS_F',
        'product': 'dcirs',
        'paid': ns_paid,
        'others':
            'coalesce(AR1_REM_MNT, 0) + coalesce(AR2_REM_MNT, 0) + coalesce(AR3_REM_MNT, 0)',
    },
] -%}
{% set sides = ['first', 'rest', 'patient'] -%}
with shares as (
    select * from {{ ref('int_dcir_line__shared') }}
),

staged_rows as (
    {%- for line in lines %}
    select
        '{{ line.table }}' as source_table,
        '{{ line.product }}' as product,
        'compulsory' as first_payer,
        staged._source_year as source_year,
        staged._row_id,
        {{ line.paid }} as first_amount,
        {{ line.others }} as rest_amount,
        {{ left_to_patient('staged.PRS_PAI_MNT', line.paid, 'shares.amount', reversed) }}
            as patient_amount
    from {{ ref('stg_' ~ line.product ~ '__' ~ line.table | lower) }} as staged
    left join shares on staged._row_id = shares.line_row_id
    union all
    {%- endfor %}
    select 'ER_ARO_F', 'dcir', 'other', _source_year, _row_id, ARO_REM_MNT, 0, 0
    from {{ ref('stg_dcir__er_aro_f') }}
    union all
    select
        source_table, lower(field), 'compulsory', _source_year, _row_id,
        paid_by_insurance,
        paid_by_others,
        {{ left_to_patient('charge', 'paid_by_insurance', 'paid_by_others') }}
    from {{ ref('int_hospital_money__unioned') }}
),

-- rows that no rule excludes: each must have its cost
due as (
    select lines._row_id from {{ ref('int_dcir_line__classified') }} as lines
    left join {{ ref('int_payment_line__placed') }} as placed on lines._row_id = placed._row_id
    where {{ keeps_cost('lines') }} and placed.is_taken_back is not true
    union all
    select payments._row_id from {{ ref('int_dcir_payment__classified') }} as payments
    left join {{ ref('int_payment_line__placed') }} as placed
        on payments.line_row_id = placed._row_id
    where
        payments.excluded_by is null and not payments.is_superseded
        and placed.is_taken_back is not true
    union all
    select _row_id from {{ ref('int_hospital_money__classified') }}
    where excluded_by is null and not is_superseded
),

costs as (
    select
        {{ row_id_of('cost_id') }} as _row_id,
        sum(case when cost_id % 32 = 0 then coalesce(paid_by_payer, 0) else 0 end) as first_amount,
        sum(case when cost_id % 32 <> 0 then coalesce(paid_by_payer, 0) else 0 end) as rest_amount,
        sum(coalesce(paid_by_patient, 0)) as patient_amount
    from {{ ref('cost') }}
    group by 1
),

compared as (
    select
        coalesce(staged_rows.source_table, 'no staged row') as source_table,
        staged_rows.source_year,
        staged_rows.product,
        staged_rows.first_payer,
        {%- for side in sides %}
        coalesce({{ narrowed('staged_rows.' ~ side ~ '_amount', 'decimal(18, 2)') }}, 0)
            as {{ side }}_in,
        coalesce(costs.{{ side }}_amount, 0) as {{ side }}_out,
        {%- endfor %}
        costs._row_id is null and due._row_id is null as is_set_aside
    from staged_rows
    left join due on staged_rows._row_id = due._row_id
    full outer join costs on staged_rows._row_id = costs._row_id
),

summed as (
    {%- for side in sides %}
    select
        source_table,
        source_year,
        product,
        {{ {'first': 'first_payer', 'rest': "'other'", 'patient': "'patient'"}[side] }} as payer,
        {{ 'true' if side == 'first' else 'false' }} as is_first,
        cast(sum({{ side }}_in) as decimal(38, 2)) as amount_in,
        cast(sum({{ side }}_out) as decimal(38, 2)) as amount_out,
        cast(sum(case when is_set_aside then {{ side }}_in else 0 end) as decimal(38, 2))
            as amount_set_aside
    from compared
    group by source_table, source_year, product, first_payer
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

final as (
    select
        source_table, source_year, product, payer,
        amount_in, amount_out, amount_set_aside,
        amount_in - amount_out - amount_set_aside as residual
    from summed
    where is_first or amount_in <> 0 or amount_out <> 0
)

select * from final
