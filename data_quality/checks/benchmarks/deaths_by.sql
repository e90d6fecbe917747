with dead as (
    select extract(year from d.death_date) - p.year_of_birth as age
    from ${cdm.death} as d
    inner join ${cdm.person} as p on p.person_id = d.person_id
)
select
    count(case when ${argument} then 1 end) * 100.0 / nullif(count(*), 0) as measured,
    count(*) as n
from dead
