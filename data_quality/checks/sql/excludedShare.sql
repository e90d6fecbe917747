-- Years of a table in which rules exclude many more rows than in its other years: a code changed
-- its meaning, or a rule excludes too much. N00 is no rule: it marks tables that this version does
-- not transform yet.
with cells as (
    select
        source_table,
        source_year,
        sum(n_rows) as n_rows,
        sum(case when disposition = 'excluded' then n_rows else 0 end) * 100.0 / sum(n_rows) as share
    from ${audit.ledger}
    where rule_id is distinct from 'N00'
    group by source_table, source_year
    having sum(n_rows) > 0
),
usual as (
    select
        source_table,
        median(share) as share
    from cells
    group by source_table
)
select
    count(case when c.share > u.share + ${parameter} then 1 end) as violated,
    count(*) as denominator
from cells as c
inner join usual as u on u.source_table = c.source_table
where c.n_rows >= 100
