with costs as (
    select * from {{ ref('int_cost__unioned') }}
),

final as (
    select
        {{ cdm_columns({
            'cost_id': cdm_id('costs._row_id', 'costs.slot'),
            'cost_event_id': 'costs.cost_event_id',
            'cost_domain_id': 'costs.cost_domain_id',
            'cost_type_concept_id': 'costs.type_concept_id',
            'currency_concept_id': concept('cost', 'EUR'),
            'total_charge': 'costs.total_charge',
            'total_paid': 'coalesce(costs.paid_by_payer, 0) + coalesce(costs.paid_by_patient, 0)',
            'paid_by_payer': 'costs.paid_by_payer',
            'paid_by_patient': 'costs.paid_by_patient',
            'payer_plan_period_id': 'costs.payer_plan_period_id',
            'amount_allowed': 'costs.amount_allowed',
            'revenue_code_source_value': 'costs.revenue_code',
            'drg_source_value': 'costs.drg',
        }) }}
    from costs
)

select * from final
