-- A figure of the population against the one published for France (checks/benchmarks.csv).
select
    case when measured between low and high then 0 else 1 end as violated,
    1 as denominator
from ${benchmark.<parameter>}
where n >= from_n
    and measured is not null
