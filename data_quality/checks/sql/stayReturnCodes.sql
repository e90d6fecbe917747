-- Stays that cannot be tied to a person: a control of the national identifier failed (code not 0).
select
    count(
        case
            when coalesce(cast(nir_ret as varchar(10)), '0') <> '0'
                or coalesce(cast(nai_ret as varchar(10)), '0') <> '0'
                or coalesce(cast(sex_ret as varchar(10)), '0') <> '0'
                or coalesce(cast(sej_ret as varchar(10)), '0') <> '0'
                or coalesce(cast(fho_ret as varchar(10)), '0') <> '0'
                or coalesce(cast(pms_ret as varchar(10)), '0') <> '0'
                or coalesce(cast(dat_ret as varchar(10)), '0') <> '0'
                then 1
        end
    ) as violated,
    count(*) as denominator
from ${lake.T_MCOaaC}
