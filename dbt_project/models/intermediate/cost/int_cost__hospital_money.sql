{{ config(materialized='view') }}
-- One cost for compulsory insurance and, if any, one for the payer of the rest. The charge and the
-- tariff are recorded once, with the first.
with money as (
    select * from {{ ref('int_hospital_money__classified') }}
    where excluded_by is null and not is_superseded
),

stays as (
    select _row_id, visit_occurrence_id from {{ ref('int_hospital_stay__unioned') }}
    union all
    select bills._row_id, visits.visit_occurrence_id
    from {{ ref('int_external_bill__classified') }} as bills
    inner join {{ ref('int_external_visit__grouped') }} as visits
        on
            bills.field = visits.field
            and bills.person_id = visits.person_id
            and bills.finess = visits.finess
            and bills.care_date = visits.care_date
            and bills.apart = visits.apart
    where bills.excluded_by is null and not bills.is_superseded
),

located as (
    select money.*, stays.visit_occurrence_id
    from money
    inner join stays on money.stay_row_id = stays._row_id
),

final as (
    select
        _row_id,
        0 as slot,
        visit_occurrence_id as cost_event_id,
        'Visit' as cost_domain_id,
        {{ concept('cost', 'HOSPITAL_COST') }} as type_concept_id,
        charge as total_charge,
        allowed as amount_allowed,
        paid_by_insurance as paid_by_payer,
        {{ left_to_patient('charge', 'paid_by_insurance', 'paid_by_others') }} as paid_by_patient,
        cast(null as bigint) as payer_plan_period_id,
        revenue_code,
        drg_of_stay as drg
    from located
    union all
    select
        _row_id,
        1,
        visit_occurrence_id,
        'Visit',
        {{ concept('cost', 'OTHER_PAYER') }},
        cast(null as decimal(18, 2)),
        cast(null as decimal(18, 2)),
        paid_by_others,
        cast(null as decimal(18, 2)),
        cast(null as bigint),
        revenue_code,
        drg_of_stay
    from located
    where coalesce(paid_by_others, 0) <> 0
)

select * from final
