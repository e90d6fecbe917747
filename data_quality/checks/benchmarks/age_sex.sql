with bounds as (
    select
        max(observation_period_end_date) as last_day,
        extract(year from max(observation_period_end_date) + 1) - 1 as last_year
    from ${cdm.observation_period}
),
present as (
    select distinct
        p.person_id,
        p.gender_concept_id,
        extract(year from b.last_day) - p.year_of_birth as age
    from ${cdm.person} as p
    inner join ${cdm.observation_period} as o on o.person_id = p.person_id
    cross join bounds as b
    where o.observation_period_end_date > b.last_day - 60
)
select
    count(case when ${argument} then 1 end) * 100.0 / nullif(count(*), 0) as measured,
    count(*) as n
from present
