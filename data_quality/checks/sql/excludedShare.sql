-- Table and years of which rules exclude more rows than they let through: a rule that took too much.
-- N00 is no rule: it tells of tables that this version does not transform yet.
with disposed as (
    select
        source_table,
        source_year,
        sum(n_rows) as n_rows,
        sum(case when disposition = 'excluded' then n_rows else 0 end) as n_excluded
    from ${audit.ledger}
    where rule_id is distinct from 'N00'
    group by source_table, source_year
)
select
    count(case when n_excluded * 100.0 > n_rows * ${parameter} then 1 end) as violated,
    count(*) as denominator
from disposed
where n_rows > 0
