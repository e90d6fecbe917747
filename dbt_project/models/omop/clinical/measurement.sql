with events as (
    select * from {{ ref('int_event__routed') }}
    where domain = 'Measurement'
),

final as (
    select
        {{ cdm_columns({
            'measurement_id': 'event_id',
            'measurement_concept_id': 'concept_id',
            'measurement_date': 'start_date',
            'measurement_datetime': 'start_date',
            'measurement_type_concept_id': 'type_concept_id',
            'value_as_concept_id': 'value_as_concept_id',
            'person_id': 'person_id',
            'provider_id': 'provider_id',
            'visit_occurrence_id': 'visit_occurrence_id',
            'visit_detail_id': 'visit_detail_id',
            'measurement_source_value': 'source_code',
            'measurement_source_concept_id': 'source_concept_id',
            'value_source_value': 'modifier',
        }) }}
    from events
)

select * from final
