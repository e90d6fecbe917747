-- Dispensings of more than twenty times the usual quantity of their product; products with fewer
-- than 50 dispensings are not judged.
with products as (
    select
        drug_source_value,
        median(quantity) as usual
    from ${cdm.drug_exposure}
    where quantity > 0
    group by drug_source_value
    having count(*) >= 50
)
select
    count(case when d.quantity > 20 * p.usual then 1 end) as violated,
    count(*) as denominator,
    count(distinct case when d.quantity > 20 * p.usual then d.person_id end) as persons
from ${cdm.drug_exposure} as d
inner join products as p on p.drug_source_value = d.drug_source_value
where d.quantity is not null
