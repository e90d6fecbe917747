-- Months already closed in the release in use (older than a year at its end) whose number of
-- records moved by more than a tenth.
with now as (
    select
        cast(date_trunc('month', ${field}) as date) as month,
        count(*) as n
    from ${cdm.<table>}
    group by cast(date_trunc('month', ${field}) as date)
),
before as (
    select
        cast(label as date) as month,
        value as n
    from ${previous.figures}
    where figure = 'records_by_month'
        and table_name = '${table}'
        and label <> ''
),
reach as (
    select max(month) as last_month
    from before
)
select
    count(
        case
            when abs(coalesce(now.n, 0) - before.n) > 0.1 * before.n
                and abs(coalesce(now.n, 0) - before.n) > 4 * sqrt(before.n)
                then 1
        end
    ) as violated,
    count(*) as denominator
from before
cross join reach
left join now on now.month = before.month
where before.month < reach.last_month - 365
