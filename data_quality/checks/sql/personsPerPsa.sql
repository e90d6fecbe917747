-- Pseudonyms (PSA) shared by several persons: same-sex twins, and nothing else.
with pseudonyms as (
    select
        ben_nir_psa,
        count(distinct ben_idt_ano) as n_persons
    from ${lake.IR_BEN_R}
    where ben_idt_ano is not null
    group by ben_nir_psa
)
select
    count(case when n_persons > 1 then 1 end) as violated,
    count(*) as denominator
from pseudonyms
