select
    count(case when gender_concept_id = 8532 then 1 end) * 100.0 / nullif(count(*), 0) as measured,
    count(*) as n
from ${cdm.person}
where gender_concept_id in (8507, 8532)
