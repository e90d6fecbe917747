-- Costs below zero once reversals are netted.
select
    count(
        case
            when least(
                coalesce(c.total_charge, 0), coalesce(c.total_cost, 0), coalesce(c.total_paid, 0),
                coalesce(c.paid_by_payer, 0), coalesce(c.paid_by_patient, 0)
            ) < 0 then 1
        end
    ) as violated,
    count(*) as denominator
from ${cdm.cost} as c
