with certificates as (
    select upper(DCD_CIM_COD) as cause
    from ${lake.KI_CCI_R}
    where DCD_CIM_COD is not null
)
select
    count(case when ${argument} then 1 end) * 100.0 / nullif(count(*), 0) as measured,
    count(*) as n
from certificates
