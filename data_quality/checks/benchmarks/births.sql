with bounds as (
    select extract(year from max(observation_period_end_date) + 1) - 1 as last_year
    from ${cdm.observation_period}
),
present as (
    select distinct
        p.person_id,
        case when p.year_of_birth = b.last_year then 1 end as is_born
    from ${cdm.person} as p
    inner join ${cdm.observation_period} as o on o.person_id = p.person_id
    cross join bounds as b
    where extract(year from o.observation_period_start_date) <= b.last_year
        and extract(year from o.observation_period_end_date) >= b.last_year
)
select
    count(is_born) * 1000.0 / nullif(count(*), 0) as measured,
    count(*) as n
from present
