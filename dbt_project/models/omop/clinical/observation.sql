with events as (
    select * from {{ ref('int_event__routed') }}
    where domain = 'Observation'
),

final as (
    select
        {{ cdm_columns({
            'observation_id': 'event_id',
            'observation_concept_id': 'concept_id',
            'observation_date': 'start_date',
            'observation_datetime': 'start_date',
            'observation_type_concept_id': 'type_concept_id',
            'value_as_concept_id': 'value_as_concept_id',
            'qualifier_concept_id':
                'case when status_source_value is not null then 0 end',
            'qualifier_source_value': 'status_source_value',
            'person_id': 'person_id',
            'provider_id': 'provider_id',
            'visit_occurrence_id': 'visit_occurrence_id',
            'visit_detail_id': 'visit_detail_id',
            'observation_source_value': 'source_code',
            'observation_source_concept_id': 'source_concept_id',
        }) }}
    from events
)

select * from final
