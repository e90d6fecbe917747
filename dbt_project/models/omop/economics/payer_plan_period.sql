with payers as (
    select * from {{ ref('int_payer__dated') }}
),

plans as (
    select * from {{ ref('int_plan__merged') }}
    where _row_id = carrier_row_id
),

periods as (
    select payer_plan_period_id, person_id, start_date, end_date, payer, null as plan
    from payers
    union all
    select
        {{ cdm_id('plans._row_id') }},
        plans.person_id,
        plans.start_date,
        plans.end_date,
        payers.payer,
        plans.plan
    from plans
    -- a plan is paid by the régime of its first day
    left join payers
        on
            plans.person_id = payers.person_id
            and plans.start_date between payers.start_date and payers.end_date
),

final as (
    select
        {{ cdm_columns({
            'payer_plan_period_id': 'payer_plan_period_id',
            'person_id': 'person_id',
            'payer_plan_period_start_date': 'start_date',
            'payer_plan_period_end_date': 'end_date',
            'payer_concept_id': 'case when payer is not null then 0 end',
            'payer_source_value': 'payer',
            'payer_source_concept_id': 'case when payer is not null then 0 end',
            'plan_concept_id': 'case when plan is not null then 0 end',
            'plan_source_value': 'plan',
            'plan_source_concept_id': 'case when plan is not null then 0 end',
        }) }}
    from periods
)

select * from final
