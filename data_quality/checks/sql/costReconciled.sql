-- Amounts read and amounts written, to the cent, by source table, year and kind of amount.
select
    count(case when amount_in is distinct from amount_out then 1 end) as violated,
    count(*) as denominator
from ${audit.cost_balance}
