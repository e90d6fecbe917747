select
    count(case when sej_nbj = 0 then 1 end) * 100.0 / nullif(count(*), 0) as measured,
    count(*) as n
from ${lake.T_MCOaaB}
where coalesce(grg_ghm, '') not like '28%'
    and coalesce(grg_ghm, '') not like '90%'
    and sej_nbj is not null
