-- Every pair (PSA, rank) that DCIR may name, with its person; person_id is NULL and excluded_by
-- says why when its freshest row is of no real person.
with person_rows as (
    select * from {{ ref('int_person_row__classified') }}
    where not is_superseded
),

registry as (
    select * from {{ ref('person_registry') }}
),

final as (
    select
        person_rows.BEN_NIR_PSA,
        person_rows.BEN_RNG_GEM,
        registry.person_id,
        person_rows.excluded_by
    from person_rows
    left join registry
        on
            person_rows.person_key = registry.person_key
            and person_rows.excluded_by is null
)

select * from final
