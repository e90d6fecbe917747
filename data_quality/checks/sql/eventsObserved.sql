-- Events on a day when their person is not observed.
select
    count(case when o.person_id is null then 1 end) as violated,
    count(*) as denominator,
    count(distinct case when o.person_id is null then t.person_id end) as persons
from ${cdm.<table>} as t
left join ${cdm.observation_period} as o
    on o.person_id = t.person_id
    and t.${field} between o.observation_period_start_date and o.observation_period_end_date
