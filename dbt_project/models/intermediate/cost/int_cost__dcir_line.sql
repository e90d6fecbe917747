{{ config(materialized='view') }}
with costs as (
    select * from {{ ref('int_dcir_line__costed') }}
),

final as (
    select
        _row_id,
        cost_event_id,
        cost_domain_id,
        {{ concept('cost', 'COST_RECORD') }} as type_concept_id,
        PRS_PAI_MNT as total_charge,
        BSE_REM_BSE as amount_allowed,
        compulsory_share as paid_by_payer,
        patient_share as paid_by_patient,
        payer_plan_period_id,
        nullif(PRS_NAT_REF, '') as revenue_code,
        cast(null as string) as drg
    from costs
)

select * from final
