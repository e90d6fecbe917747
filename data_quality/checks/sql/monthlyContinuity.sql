-- Months of the observation window, its last six left out, with less than half of the persons of
-- the six months before and after. Persons and not records: acts come in bunches. The second
-- condition keeps chance out of small deliveries.
with bounds as (
    select
        min(observation_period_start_date) as first_day,
        max(observation_period_end_date) as last_day
    from ${cdm.observation_period}
),
months as (
    select
        m.month,
        m.number
    from ${tool.calendar} as m
    cross join bounds as b
    where m.month >= b.first_day
        and m.number <= extract(year from b.last_day) * 12 + extract(month from b.last_day) - 6
),
counted as (
    select
        cast(date_trunc('month', ${field}) as date) as month,
        count(distinct person_id) as n
    from ${cdm.<table>}
    group by cast(date_trunc('month', ${field}) as date)
),
filled as (
    select
        m.number,
        coalesce(c.n, 0) as n
    from months as m
    left join counted as c on c.month = m.month
),
compared as (
    select
        f.number,
        f.n,
        median(o.n) as usual
    from filled as f
    inner join filled as o on o.number between f.number - 6 and f.number + 6
    group by f.number, f.n
)
select
    count(case when n < 0.5 * usual and usual - n > 4 * sqrt(usual) then 1 end) as violated,
    count(*) as denominator
from compared
where usual > 0
