-- Stays that the grouper refused (GHM of category 90).
select
    count(case when grg_ghm like '90%' then 1 end) as violated,
    count(*) as denominator
from ${lake.T_MCOaaB}
