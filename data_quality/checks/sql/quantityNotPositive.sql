-- Dispensings of nothing, or of less than nothing.
select
    count(case when quantity <= 0 then 1 end) as violated,
    count(*) as denominator,
    count(distinct case when quantity <= 0 then person_id end) as persons
from ${cdm.drug_exposure}
where quantity is not null
