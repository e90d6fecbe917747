-- Ambulatory care has one quiet day, Sunday. Another quiet day means that dates moved by a day
-- (a time zone applied to dates, for one). Too few records, or no rhythm at all, are not judged.
with counted as (
    select
        extract(isodow from ${field}) as day_of_week,
        count(*) as n
    from ${cdm.<table>}
    where ${field} is not null
    group by extract(isodow from ${field})
),
days as (
    select
        w.day_of_week,
        coalesce(c.n, 0) as n
    from (values (1), (2), (3), (4), (5), (6), (7)) as w (day_of_week)
    left join counted as c on c.day_of_week = w.day_of_week
),
whole as (
    select
        sum(n) as n,
        min(n) as quietest
    from days
)
select
    max(
        case when d.n = w.quietest and d.day_of_week <> 7 and w.quietest < 0.09 * w.n then 1 else 0 end
    ) as violated,
    1 as denominator
from days as d
cross join whole as w
where w.n >= 1000
having count(*) > 0
