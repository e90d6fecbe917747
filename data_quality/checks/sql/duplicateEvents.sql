-- Rows that differ by their id only: a file delivered twice, or a join that multiplied rows.
with events as (
    select
        ${parameter},
        count(*) as n
    from ${cdm.<table>}
    group by ${parameter}
)
select
    cast(coalesce(sum(n - 1), 0) as bigint) as violated,
    cast(coalesce(sum(n), 0) as bigint) as denominator,
    count(distinct case when n > 1 then person_id end) as persons
from events
