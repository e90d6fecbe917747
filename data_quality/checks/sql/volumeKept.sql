-- Tables that lost more than a fifth of their rows since the release in use.
with now as (
    select count(*) as n
    from ${cdm.<table>}
),
before as (
    select sum(value) as n
    from ${previous.figures}
    where figure = 'rows'
        and table_name = '${table}'
)
select
    case when now.n < 0.8 * before.n then 1 else 0 end as violated,
    1 as denominator
from now
cross join before
where before.n >= 100
