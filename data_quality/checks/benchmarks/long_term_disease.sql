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
    where o.observation_period_end_date > b.last_day - 60
),
counted as (
    select count(*) as n from present
),
-- rights, not persons: a person has one pair nearly always
ill as (
    select count(distinct (r.BEN_NIR_PSA, r.BEN_RNG_GEM)) as n
    from ${lake.IR_IMB_R} as r
    cross join bounds as b
    where r.IMB_ALD_DTD <= b.last_day
        and (r.IMB_ALD_DTF is null or r.IMB_ALD_DTF >= b.last_day or r.IMB_ALD_DTF < r.IMB_ALD_DTD)
        and coalesce(r.IMB_ETM_NAT, '41') in ('41', '43', '45')
)
select
    i.n * 100.0 / nullif(c.n, 0) as measured,
    c.n
from counted as c
cross join ill as i
