with locations as (
    select * from {{ ref('int_location__resolved') }}
),

final as (
    select
        {{ cdm_columns({
            'location_id': 'location_id',
            'state': 'department',
            'location_source_value': 'place',
            'country_concept_id': concept('country', 'FR'),
            'country_source_value': "'FRA'",
        }) }}
    from locations
)

select * from final
