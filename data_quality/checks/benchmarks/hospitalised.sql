with bounds as (
    select extract(year from max(observation_period_end_date) + 1) - 1 as last_year
    from ${cdm.observation_period}
),
present as (
    select distinct o.person_id
    from ${cdm.observation_period} as o
    cross join bounds as b
    where extract(year from o.observation_period_start_date) <= b.last_year
        and extract(year from o.observation_period_end_date) >= b.last_year
),
-- Inpatient Visit, Emergency Room and Inpatient Visit, Inpatient Hospital, and the day cases that
-- the published figure counts: Outpatient Hospital
stays as (
    select distinct v.person_id
    from ${cdm.visit_occurrence} as v
    cross join bounds as b
    where v.visit_concept_id in (9201, 262, 8717, 8756)
        and extract(year from v.visit_start_date) = b.last_year
)
select
    count(s.person_id) * 100.0 / nullif(count(*), 0) as measured,
    count(*) as n
from present as p
left join stays as s on s.person_id = p.person_id
