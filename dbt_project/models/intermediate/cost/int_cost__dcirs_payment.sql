{{ config(materialized='view') }}
-- The simplified datamart writes up to three other payers on the line itself.
with payments as (
    {%- for place in range(1, 4) %}
    select
        _row_id,
        {{ place }} as slot,
        AR{{ place }}_REM_TYP as payer_kind,
        AR{{ place }}_REM_MNT as amount
    from {{ ref('stg_dcirs__ns_prs_f') }}
    where AR{{ place }}_REM_MNT <> 0
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

lines as (
    select * from {{ ref('int_dcir_line__costed') }}
),

final as (
    select
        payments._row_id,
        payments.slot,
        lines.cost_event_id,
        lines.cost_domain_id,
        {{ concept('cost', 'OTHER_PAYER') }} as type_concept_id,
        cast(null as decimal(18, 2)) as total_charge,
        cast(null as decimal(18, 2)) as amount_allowed,
        payments.amount as paid_by_payer,
        cast(null as decimal(18, 2)) as paid_by_patient,
        cast(null as bigint) as payer_plan_period_id,
        'ARO-' || payments.payer_kind as revenue_code,
        cast(null as string) as drg
    from payments
    inner join lines on payments._row_id = lines._row_id
)

select * from final
