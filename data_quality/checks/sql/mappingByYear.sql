-- Vocabulary and years mapped 20 points worse than the vocabulary as a whole: codes were renamed or
-- a new version of the nomenclature is missing.
with cells as (
    select
        source_vocabulary,
        source_year,
        sum(n_records) as n,
        sum(case when method = 'none' then n_records else 0 end) as n_unmapped
    from ${audit.mapping_coverage}
    group by source_vocabulary, source_year
),
whole as (
    select
        source_vocabulary,
        sum(n_unmapped) * 1.0 / sum(n) as share
    from cells
    group by source_vocabulary
    having sum(n) > 0
)
select
    count(case when c.n_unmapped * 1.0 / c.n > w.share + 0.2 then 1 end) as violated,
    count(*) as denominator
from cells as c
inner join whole as w on w.source_vocabulary = c.source_vocabulary
where c.n >= 100
