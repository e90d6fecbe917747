-- Amounts read, written and set aside by a rule, to the cent, by source table, year, product and payer.
select
    count(case when residual is null or residual <> 0 then 1 end) as violated,
    count(*) as denominator
from ${audit.money}
