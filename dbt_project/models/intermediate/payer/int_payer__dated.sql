-- The régime is the payer. A person who is seen under several régimes passes from one to the next
-- on the first day that the next is seen; whoever is never seen has the régime of IR_BEN_R.
with persons as (
    select * from {{ ref('int_person__identified') }}
),

observation_periods as (
    select * from {{ ref('observation_period') }}
),

seen as (
    select
        classified.person_id,
        classified.payer,
        min(classified.care_date) as first_date,
        min(classified._row_id) as _row_id
    from {{ ref('int_dcir_line__classified') }} as classified
    where {{ keeps_cost('classified') }} and classified.payer is not null
    group by classified.person_id, classified.payer
),

ordered as (
    select
        *,
        lag(first_date) over (partition by person_id order by first_date, payer) as previous_date,
        lead(first_date) over (partition by person_id order by first_date, payer) as next_date
    from seen
),

known as (
    select
        persons.person_id,
        coalesce(ordered.payer, persons.payer) as payer,
        coalesce(ordered._row_id, persons._row_id) as _row_id,
        case when ordered.previous_date is not null then ordered.first_date end as first_date,
        ordered.next_date
    from persons
    left join ordered on persons.person_id = ordered.person_id
),

bounded as (
    select
        known.person_id,
        known.payer,
        known._row_id,
        greatest(
            observation_periods.observation_period_start_date,
            coalesce(known.first_date, observation_periods.observation_period_start_date)
        ) as start_date,
        least(
            observation_periods.observation_period_end_date,
            coalesce(
                {{ add_days('known.next_date', -1) }},
                observation_periods.observation_period_end_date
            )
        ) as end_date
    from known
    inner join observation_periods on known.person_id = observation_periods.person_id
),

final as (
    select
        {{ cdm_id('_row_id') }} as payer_plan_period_id,
        person_id,
        payer,
        start_date,
        end_date
    from bounded
    where start_date <= end_date
)

select * from final
