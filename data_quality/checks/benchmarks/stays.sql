with bounds as (
    select
        max(observation_period_end_date) as last_day,
        extract(year from max(observation_period_end_date) + 1) - 1 as last_year
    from ${cdm.observation_period}
),
present as (
    select distinct o.person_id
    from ${cdm.observation_period} as o
    cross join bounds as b
    where extract(year from o.observation_period_start_date) <= b.last_year
        and extract(year from o.observation_period_end_date) >= b.last_year
),
-- sessions (28) and stays in error (90) are not counted by the published figure
stays as (
    select count(*) as n
    from ${lake.T_MCOaaB} as s
    cross join bounds as b
    where s._source_year = b.last_year
        and coalesce(s.GRG_GHM, '') not like '28%'
        and coalesce(s.GRG_GHM, '') not like '90%'
),
counted as (
    select count(*) as n from present
)
select
    s.n * 1000.0 / nullif(c.n, 0) as measured,
    c.n
from stays as s
cross join counted as c
where s.n > 0
