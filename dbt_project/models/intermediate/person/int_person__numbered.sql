-- What a key stands for since the last build that changed it.
with registry as (
    select * from {{ ref('person_registry') }}
),

final as (
    select person_key, {{ value_at_max('person_id', 'coalesce(build, 0)') }} as person_id
    from registry
    group by person_key
)

select * from final
