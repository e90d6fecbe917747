{{ config(alias='person_change') }}
-- Cohorts kept by person_id follow this table: a number that was merged leads to the one kept, one
-- that was split still names the part that kept it.
with registry as (
    select * from {{ ref('person_registry') }}
),

final as (
    select distinct
        former_id as old_person_id,
        person_id as new_person_id,
        case when person_id < former_id then 'merged' else 'split' end as reason,
        build as registry_build
    from registry
    where former_id is not null
)

select * from final
