-- Source tables and years whose rows are not all accounted for (DESIGN, the ledger).
select
    count(case when residual is null or residual <> 0 then 1 end) as violated,
    count(*) as denominator
from ${audit.balance}
