with events as (
    select * from {{ ref('int_event__routed') }}
    where domain = 'Drug'
),

final as (
    select
        {{ cdm_columns({
            'drug_exposure_id': 'event_id',
            'drug_concept_id': 'concept_id',
            'drug_exposure_start_date': 'start_date',
            'drug_exposure_start_datetime': 'start_date',
            'drug_exposure_end_date': 'coalesce(end_date, start_date)',
            'drug_exposure_end_datetime': 'coalesce(end_date, start_date)',
            'drug_type_concept_id': 'type_concept_id',
            'quantity': 'quantity',
            'lot_number': 'lot_number',
            'dose_unit_source_value': 'unit',
            'person_id': 'person_id',
            'provider_id': 'provider_id',
            'visit_occurrence_id': 'visit_occurrence_id',
            'visit_detail_id': 'visit_detail_id',
            'drug_source_value': 'source_code',
            'drug_source_concept_id': 'source_concept_id',
        }) }}
    from events
)

select * from final
