{{ config(materialized='view') }}
-- The charge is recorded once, on the line of compulsory insurance: this model holds only what
-- another payer paid.
with payments as (
    select * from {{ ref('int_dcir_payment__classified') }}
    where excluded_by is null and not is_superseded
),

lines as (
    select * from {{ ref('int_dcir_line__costed') }}
),

final as (
    select
        payments._row_id,
        lines.cost_event_id,
        lines.cost_domain_id,
        {{ concept('cost', 'OTHER_PAYER') }} as type_concept_id,
        cast(null as decimal(18, 2)) as total_charge,
        cast(null as decimal(18, 2)) as amount_allowed,
        payments.ARO_REM_MNT as paid_by_payer,
        cast(null as decimal(18, 2)) as paid_by_patient,
        cast(null as bigint) as payer_plan_period_id,
        'ARO-' || payments.ARO_REM_TYP as revenue_code,
        cast(null as string) as drg
    from payments
    inner join lines on payments.line_row_id = lines._row_id
)

select * from final
