with events as (
    select * from {{ ref('int_event__routed') }}
    where domain = 'Procedure'
),

final as (
    select
        {{ cdm_columns({
            'procedure_occurrence_id': 'event_id',
            'procedure_concept_id': 'concept_id',
            'procedure_date': 'start_date',
            'procedure_datetime': 'start_date',
            'procedure_end_date': 'end_date',
            'procedure_end_datetime': 'end_date',
            'procedure_type_concept_id': 'type_concept_id',
            'quantity': 'quantity',
            'modifier_source_value': 'modifier',
            'person_id': 'person_id',
            'provider_id': 'provider_id',
            'visit_occurrence_id': 'visit_occurrence_id',
            'visit_detail_id': 'visit_detail_id',
            'procedure_source_value': 'source_code',
            'procedure_source_concept_id': 'source_concept_id',
        }) }}
    from events
)

select * from final
