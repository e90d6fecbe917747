-- Amounts read, written and set aside by rules, to the cent, by source table and year.
select
    count(case when residual is distinct from 0 then 1 end) as violated,
    count(*) as denominator
from ${audit.money}
