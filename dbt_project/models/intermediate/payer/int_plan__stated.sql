-- Public cover of persons whom IR_ORC_R and IR_ACS_R do not know (agricultural and other schemes):
-- the months in which a line that survived states it.
with lines as (
    select
        person_id,
        public_cover as plan,
        {{ first_of_month('care_date') }} as month,
        _row_id
    from {{ ref('int_dcir_line__surviving') }} as surviving
    where
        {{ keeps_cost('surviving') }}
        and surviving.public_cover is not null
        and surviving.person_id is not null
),

known as (
    select distinct person_id
    from {{ ref('int_plan__classified') }}
    where plan in ({{ public_contract() }}, 'ACS') and person_id is not null
),

observation_periods as (
    select * from {{ ref('observation_period') }}
),

months as (
    select lines.person_id, lines.plan, lines.month, min(lines._row_id) as _row_id
    from lines
    left join known on lines.person_id = known.person_id
    where known.person_id is null
    group by lines.person_id, lines.plan, lines.month
),

final as (
    select
        months._row_id,
        months.person_id,
        months.plan,
        greatest(months.month, observation_periods.observation_period_start_date) as start_date,
        least(
            {{ last_of_month('months.month') }}, observation_periods.observation_period_end_date
        ) as end_date
    from months
    inner join observation_periods
        on
            months.person_id = observation_periods.person_id
            and months.month <= observation_periods.observation_period_end_date
            and {{ last_of_month('months.month') }}
            >= observation_periods.observation_period_start_date
)

select * from final
