with events as (
    select * from {{ ref('int_event__routed') }}
    where domain = 'Device'
),

final as (
    select
        {{ cdm_columns({
            'device_exposure_id': 'event_id',
            'device_concept_id': 'concept_id',
            'device_exposure_start_date': 'start_date',
            'device_exposure_start_datetime': 'start_date',
            'device_exposure_end_date': 'end_date',
            'device_exposure_end_datetime': 'end_date',
            'device_type_concept_id': 'type_concept_id',
            'quantity': 'coalesce(quantity, 1)',
            'person_id': 'person_id',
            'provider_id': 'provider_id',
            'visit_occurrence_id': 'visit_occurrence_id',
            'visit_detail_id': 'visit_detail_id',
            'device_source_value': 'source_code',
            'device_source_concept_id': 'source_concept_id',
        }) }}
    from events
)

select * from final
