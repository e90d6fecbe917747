-- Rights of one person to one plan that overlap or touch are one period; the first row carries it.
with plans as (
    select _row_id, person_id, plan, start_date, end_date, false as is_stated
    from {{ ref('int_plan__classified') }}
    where excluded_by is null
    union all
    select _row_id, person_id, plan, start_date, end_date, true
    from {{ ref('int_plan__stated') }}
),

compared as (
    select
        *,
        max(end_date) over (
            partition by person_id, plan
            order by start_date, end_date, _row_id
            rows between unbounded preceding and 1 preceding
        ) as covered_until
    from plans
),

numbered as (
    select
        *,
        sum(case when start_date <= {{ add_days('covered_until', 1) }} then 0 else 1 end) over (
            partition by person_id, plan
            order by start_date, end_date, _row_id
            rows between unbounded preceding and current row
        ) as period_number
    from compared
),

final as (
    select
        _row_id,
        person_id,
        plan,
        is_stated,
        min(_row_id) over (partition by person_id, plan, period_number) as carrier_row_id,
        min(start_date) over (partition by person_id, plan, period_number) as start_date,
        max(end_date) over (partition by person_id, plan, period_number) as end_date
    from numbered
)

select * from final
