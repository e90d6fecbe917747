with costs as (
    select * from {{ ref('int_cost__unioned') }}
),

currencies as (
    select coalesce(max(target_concept_id), 0) as currency_concept_id
    from {{ ref('stg_vocabulary__structural_map') }}
    where map = 'cost' and source_code = 'EUR'
),

final as (
    select
        {{ cdm_columns({
            'cost_id': cdm_id('costs._row_id', 'costs.slot'),
            'cost_event_id': 'costs.cost_event_id',
            'cost_domain_id': 'costs.cost_domain_id',
            'cost_type_concept_id': 'costs.type_concept_id',
            'currency_concept_id': 'currencies.currency_concept_id',
            'total_charge': 'costs.total_charge',
            'paid_by_payer': 'costs.paid_by_payer',
            'payer_plan_period_id': 'costs.payer_plan_period_id',
            'amount_allowed': 'costs.amount_allowed',
            'revenue_code_source_value': 'costs.revenue_code',
            'drg_source_value': 'costs.drg',
        }) }}
    from costs
    cross join currencies
)

select * from final
