-- R44: the régime is the payer. A person passes from one to the next, and maybe back, on the first
-- day that the next is seen; whoever is never seen has the régime of IR_BEN_R.
with persons as (
    select * from {{ ref('int_person__identified') }}
),

observation_periods as (
    select * from {{ ref('observation_period') }}
),

seen as (
    select * from {{ ref('int_payer__seen') }}
),

movers as (
    select person_id
    from seen
    group by person_id
    having count(*) > 1
),

-- nearly everybody has one régime: days are told apart for the others only
seen_by_day as (
    select
        classified.person_id,
        classified.care_date,
        classified.payer,
        min(classified._row_id) as _row_id
    from {{ ref('int_dcir_line__classified') }} as classified
    inner join movers on classified.person_id = movers.person_id
    where {{ keeps_cost('classified') }} and classified.payer is not null
    group by classified.person_id, classified.care_date, classified.payer
),

ranked as (
    select
        seen_by_day.*,
        lpad(cast(seen.n_lines as string), 12, '0') || seen.payer as place
    from seen_by_day
    inner join seen
        on seen_by_day.person_id = seen.person_id and seen_by_day.payer = seen.payer
),

-- a day under several is of the one that the person is seen under most
one_a_day as (
    select
        person_id,
        care_date,
        {{ value_at_max('payer', 'place') }} as payer,
        {{ value_at_max('_row_id', 'place') }} as _row_id
    from ranked
    group by person_id, care_date
),

compared as (
    select
        *,
        lag(payer) over (partition by person_id order by care_date) as previous_payer
    from one_a_day
),

changes as (
    select
        person_id,
        payer,
        _row_id,
        -- the first régime reaches back
        case when previous_payer is not null then care_date end as first_date,
        lead(care_date) over (partition by person_id order by care_date) as next_date
    from compared
    where previous_payer is distinct from payer
),

known as (
    select
        persons.person_id,
        coalesce(changes.payer, seen.payer, persons.payer) as payer,
        coalesce(changes._row_id, seen._row_id, persons._row_id) as _row_id,
        changes.first_date,
        changes.next_date
    from persons
    left join changes on persons.person_id = changes.person_id
    left join seen on persons.person_id = seen.person_id and changes.person_id is null
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
