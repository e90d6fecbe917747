with payers as (
    select * from {{ ref('int_payer__dated') }}
),

merged as (
    select *, case when is_stated then 1 else 0 end as slot
    from {{ ref('int_plan__merged') }}
    where _row_id = carrier_row_id
),

-- contract 89 is the CMU-C to 31 October 2019, the C2S from the next day
plans as (
    select _row_id, slot, person_id, start_date, end_date, plan
    from merged
    where plan <> {{ public_contract() }}
    union all
    select _row_id, slot, person_id, start_date, least(end_date, date '2019-10-31'), 'CMU-C'
    from merged
    where plan = {{ public_contract() }} and start_date < date '2019-11-01'
    union all
    select
        _row_id, slot + 2, person_id, greatest(start_date, date '2019-11-01'), end_date, 'C2S'
    from merged
    where plan = {{ public_contract() }} and end_date >= date '2019-11-01'
),

periods as (
    select payer_plan_period_id, person_id, start_date, end_date, payer, null as plan
    from payers
    union all
    select
        {{ cdm_id('plans._row_id', 'plans.slot') }},
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
