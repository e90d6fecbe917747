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
dead as (
    select distinct d.person_id
    from ${cdm.death} as d
    cross join bounds as b
    where extract(year from d.death_date) = b.last_year
)
select
    count(d.person_id) * 1000.0 / nullif(count(*), 0) as measured,
    count(*) as n
from present as p
left join dead as d on d.person_id = p.person_id
