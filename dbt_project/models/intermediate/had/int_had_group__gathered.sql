-- A sub-sequence has up to four tariff groups; it is refused when none of them is valid (R35).
with groups as (
    select
        {{ hospital_key('HAD', 'T_HADaaGRP') }},
        case when GHT_NUM = '99' or PAP_GRP_GHPC like '99%' then 1 else 0 end as is_invalid
    from {{ ref('stg_had__t_hadaagrp') }}
),

final as (
    select
        field,
        _source_year,
        finess,
        stay_number,
        part_key,
        min(is_invalid) = 1 as has_invalid_group
    from groups
    group by field, _source_year, finess, stay_number, part_key
)

select * from final
