-- The régime is the payer. The first one that is seen reaches back, each lasts until the next;
-- whoever is never seen has the régime of IR_BEN_R.
with persons as (
    select * from {{ ref('int_person__identified') }}
),

observation_periods as (
    select * from {{ ref('int_observation_period') }}
),

stretches as (
    select * from {{ ref('int_payer__followed') }}
),

ordered as (
    select
        *,
        lag(first_date) over (partition by person_id order by first_date) as previous_date,
        lead(first_date) over (partition by person_id order by first_date) as next_date
    from stretches
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
        observation_periods.part,
        greatest(
            observation_periods.start_date,
            coalesce(known.first_date, observation_periods.start_date)
        ) as start_date,
        least(
            observation_periods.end_date,
            coalesce(
                {{ add_days('known.next_date', -1) }},
                observation_periods.end_date
            )
        ) as end_date
    from known
    inner join observation_periods on known.person_id = observation_periods.person_id
),

final as (
    select
        {{ cdm_id('_row_id', 'part') }} as payer_plan_period_id,
        person_id,
        payer,
        start_date,
        end_date
    from bounded
    where start_date <= end_date
)

select * from final
