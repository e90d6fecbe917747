with packs as (
    select
        PHA_CIP_C13,
        substr(max(PHA_ATC_CLA), 1, 1) as atc
    from ${lake.IR_PHA_R}
    where PHA_ATC_CLA is not null
    group by PHA_CIP_C13
),
boxes as (
    select
        p.atc,
        sum(d.PHA_ACT_QSN) as n
    from ${lake.ER_PHA_F} as d
    inner join packs as p on p.PHA_CIP_C13 = d.PHA_PRS_C13
    group by p.atc
)
select
    sum(case when ${argument} then n else 0 end) * 100.0 / nullif(sum(n), 0) as measured,
    coalesce(sum(n), 0) as n
from boxes
