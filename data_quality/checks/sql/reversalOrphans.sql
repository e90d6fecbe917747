-- Reversals (negative quantity) without the line they reverse: the window of the delivery cuts
-- between a line and its correction.
with reversals as (
    select
        ben_nir_psa,
        ben_rng_gem,
        exe_soi_dtd,
        prs_nat_ref
    from ${lake.ER_PRS_F}
    where prs_act_qte < 0
),
originals as (
    select distinct
        ben_nir_psa,
        ben_rng_gem,
        exe_soi_dtd,
        prs_nat_ref,
        1 as found
    from ${lake.ER_PRS_F}
    where prs_act_qte > 0
)
select
    count(case when o.found is null then 1 end) as violated,
    count(*) as denominator
from reversals as r
left join originals as o
    on o.ben_nir_psa = r.ben_nir_psa
    and o.ben_rng_gem is not distinct from r.ben_rng_gem
    and o.exe_soi_dtd = r.exe_soi_dtd
    and o.prs_nat_ref = r.prs_nat_ref
