{{ config(materialized='view') }}
with stay_values as (
    select * from {{ ref('int_mco_value__classified') }}
    where excluded_by is null and not is_superseded
),

stays as (
    select * from {{ ref('int_mco_stay__placed') }}
),

final as (
    select
        stay_values._row_id,
        stays.visit_occurrence_id as cost_event_id,
        'Visit' as cost_domain_id,
        {{ concept('hospital_cost') }} as type_concept_id,
        cast(null as decimal(18, 2)) as total_charge,
        stay_values.MT_TOT_BR as amount_allowed,
        stay_values.MT_TOT_AM as paid_by_payer,
        cast(null as bigint) as payer_plan_period_id,
        cast(null as varchar) as revenue_code,
        stay_values.GRG_GHM as drg
    from stay_values
    inner join stays on stay_values.stay_row_id = stays._row_id
)

select * from final
