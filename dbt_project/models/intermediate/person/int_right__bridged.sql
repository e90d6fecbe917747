-- Every pair (PSA, rank) that DCIR may name, with its person; person_id is NULL and excluded_by
-- says why when its freshest row is of no real person. The simplified datamart names persons by
-- their identifier: each has a pair for it.
with person_rows as (
    select * from {{ ref('int_person_row__classified') }}
    where not is_superseded
),

registry as (
    select * from {{ ref('person_registry') }}
),

named as (
    select BEN_NIR_PSA, BEN_RNG_GEM, person_key, excluded_by
    from person_rows
    where BEN_RNG_GEM <> {{ identity_rank() }}
    union all
    select
        person_key,
        {{ identity_rank() }},
        person_key,
        case when not bool_or(excluded_by is null) then max(excluded_by) end
    from person_rows
    group by person_key
),

final as (
    select
        named.BEN_NIR_PSA,
        named.BEN_RNG_GEM,
        registry.person_id,
        named.excluded_by
    from named
    left join registry
        on
            named.person_key = registry.person_key
            and named.excluded_by is null
)

select * from final
