-- Stays of which the hospital's bill is set aside for DCIR lines that were paid less than half of it.
select
    cast(coalesce(sum(n_stays_short), 0) as bigint) as violated,
    cast(coalesce(sum(n_stays), 0) as bigint) as denominator
from ${audit.money_replaced}
