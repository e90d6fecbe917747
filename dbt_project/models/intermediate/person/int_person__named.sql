-- Every key by which the registry may know a person: their own, and those that their rights had
-- before a number was certified (R06). The number that a right had before it got another one leads
-- to no person: the right passed from one to another, which the registry records.
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

former as (
    select standing.person_key, person_rows.person_key as name, person_rows.BEN_NIR_ANO
    from standing
    inner join person_rows
        on
            standing.BEN_NIR_PSA = person_rows.BEN_NIR_PSA
            and standing.BEN_RNG_GEM = person_rows.BEN_RNG_GEM
    where standing.BEN_RNG_GEM <> {{ identity_rank() }}
),

named as (
    select person_key, person_key as name, true as is_own, false as has_passed
    from standing
    union all
    select person_key, name, true, false
    from own_numbers
    union all
    select person_key, BEN_NIR_PSA || BEN_RNG_GEM, false, false
    from standing
    where BEN_RNG_GEM <> {{ identity_rank() }}
    union all
    select person_key, name, false, BEN_NIR_ANO is not null
    from former
    where name <> person_key
),

final as (
    select
        person_key,
        name,
        bool_or(is_own) as is_own,
        bool_and(has_passed) as has_passed
    from named
    group by person_key, name
)

select * from final
