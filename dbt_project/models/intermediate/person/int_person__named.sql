-- Every key by which the registry may know a person: their own, and those that their rights had
-- before a number was certified (R06). A right that had another number is not used: it passed from
-- one person to another.
with person_rows as (
    select
        BEN_NIR_PSA,
        BEN_RNG_GEM,
        BEN_NIR_ANO,
        person_key,
        not is_superseded and excluded_by is null as stands
    from {{ ref('int_person_row__classified') }}
    where unreal is null
),

standing as (
    select * from person_rows
    where stands
),

own_numbers as (
    select BEN_NIR_ANO as name, min(person_key) as person_key
    from standing
    where BEN_NIR_ANO is not null
    group by BEN_NIR_ANO
    having count(distinct person_key) = 1
),

named as (
    select person_key, person_key as name, true as is_own
    from standing
    union all
    select person_key, name, true
    from own_numbers
    union all
    select person_key, BEN_NIR_PSA || BEN_RNG_GEM, false
    from standing
    where BEN_RNG_GEM <> {{ identity_rank() }}
    union all
    select standing.person_key, person_rows.person_key, false
    from standing
    inner join person_rows
        on
            standing.BEN_NIR_PSA = person_rows.BEN_NIR_PSA
            and standing.BEN_RNG_GEM = person_rows.BEN_RNG_GEM
    where
        standing.BEN_RNG_GEM <> {{ identity_rank() }}
        and person_rows.BEN_NIR_ANO is null
),

final as (
    select person_key, name, bool_or(is_own) as is_own
    from named
    group by person_key, name
)

select * from final
