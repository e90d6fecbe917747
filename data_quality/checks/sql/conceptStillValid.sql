-- Events after the last valid day of their standard concept.
select
    count(case when cast(t.${parameter} as date) > k.valid_end_date then 1 end) as violated,
    count(*) as denominator,
    count(distinct case when cast(t.${parameter} as date) > k.valid_end_date then t.person_id end)
        as persons
from ${cdm.<table>} as t
inner join ${cdm.concept} as k on k.concept_id = t.${field}
where t.${field} <> 0
