-- Months of reimbursement flux (FLX_DIS_DTD) within the observation window with less than half of
-- the lines of their neighbours: a monthly file that was not delivered.
with bounds as (
    select
        min(observation_period_start_date) as first_day,
        max(observation_period_end_date) as last_day
    from ${cdm.observation_period}
),
counted as (
    select
        cast(date_trunc('month', flx_dis_dtd) as date) as month,
        count(*) as n
    from ${lake.ER_PRS_F}
    group by cast(date_trunc('month', flx_dis_dtd) as date)
),
reach as (
    select
        min(month) as first_month,
        max(month) as last_month
    from counted
),
filled as (
    select
        m.number,
        coalesce(c.n, 0) as n
    from ${tool.calendar} as m
    cross join bounds as b
    cross join reach as r
    left join counted as c on c.month = m.month
    where m.month between b.first_day and b.last_day
        and m.month between r.first_month and r.last_month
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
