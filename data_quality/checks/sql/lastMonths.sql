-- The last six months of the observation window with less than 80 % of the persons of the year
-- before them, and less than any month of it: care already given whose reimbursement has not
-- reached the delivery.
with bounds as (
    select max(observation_period_end_date) as last_day
    from ${cdm.observation_period}
),
months as (
    select
        m.month,
        extract(year from b.last_day) * 12 + extract(month from b.last_day) - m.number as age
    from ${tool.calendar} as m
    cross join bounds as b
    where m.number between extract(year from b.last_day) * 12 + extract(month from b.last_day) - 17
        and extract(year from b.last_day) * 12 + extract(month from b.last_day)
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
        m.age,
        coalesce(c.n, 0) as n
    from months as m
    left join counted as c on c.month = m.month
),
usual as (
    select
        median(n) as n,
        min(n) as lowest
    from filled
    where age >= 6
)
select
    count(
        case
            when f.n < 0.8 * u.n and f.n < 0.9 * u.lowest and u.n - f.n > 4 * sqrt(u.n) then 1
        end
    ) as violated,
    count(*) as denominator
from filled as f
cross join usual as u
where f.age < 6
    and u.n > 0
