with units as (
    select * from {{ ref('int_mco_unit__placed') }}
),

visits as (
    select * from {{ ref('visit_occurrence') }}
),

final as (
    select
        {{ cdm_columns({
            'visit_detail_id': 'units.visit_detail_id',
            'person_id': 'units.person_id',
            'visit_detail_concept_id': 'visits.visit_concept_id',
            'visit_detail_start_date': 'units.start_date',
            'visit_detail_start_datetime': 'units.start_date',
            'visit_detail_end_date': 'units.end_date',
            'visit_detail_end_datetime': 'units.end_date',
            'visit_detail_type_concept_id': concept('inpatient_claim_detail'),
            'care_site_id': 'visits.care_site_id',
            'visit_detail_source_value': 'coalesce(units.AUT_TYP1_UM, units.visit_kind)',
            'visit_detail_source_concept_id': '0',
            'visit_occurrence_id': 'units.visit_occurrence_id',
        }) }}
    from units
    inner join visits on units.visit_occurrence_id = visits.visit_occurrence_id
)

select * from final
