with events as (
    select * from {{ ref('int_event__routed') }}
    where domain = 'Condition'
),

final as (
    select
        {{ cdm_columns({
            'condition_occurrence_id': 'event_id',
            'condition_concept_id': 'concept_id',
            'condition_start_date': 'start_date',
            'condition_start_datetime': 'start_date',
            'condition_end_date': 'end_date',
            'condition_end_datetime': 'end_date',
            'condition_type_concept_id': 'type_concept_id',
            'condition_status_concept_id': 'status_concept_id',
            'condition_status_source_value': 'status_source_value',
            'person_id': 'person_id',
            'provider_id': 'provider_id',
            'visit_occurrence_id': 'visit_occurrence_id',
            'visit_detail_id': 'visit_detail_id',
            'condition_source_value': 'source_code',
            'condition_source_concept_id': 'source_concept_id',
        }) }}
    from events
)

select * from final
