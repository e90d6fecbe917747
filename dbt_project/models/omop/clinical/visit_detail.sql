with details as (
    select * from {{ ref('int_visit_detail__unioned') }}
),

visits as (
    select * from {{ ref('visit_occurrence') }}
),

care_sites as (
    select * from {{ ref('int_care_site__resolved') }}
),

kinds as (
    select * from {{ ref('stg_vocabulary__structural_map') }}
    where map = 'visit_kind'
),

final as (
    select
        {{ cdm_columns({
            'visit_detail_id': 'details.visit_detail_id',
            'person_id': 'details.person_id',
            'visit_detail_concept_id': 'coalesce(kinds.target_concept_id, 0)',
            'visit_detail_start_date': 'details.start_date',
            'visit_detail_start_datetime': 'details.start_date',
            'visit_detail_end_date': 'details.end_date',
            'visit_detail_end_datetime': 'details.end_date',
            'visit_detail_type_concept_id': concept('type_concept', 'PMSI_LINE'),
            'care_site_id': 'coalesce(care_sites.care_site_id, visits.care_site_id)',
            'visit_detail_source_value': 'details.source_value',
            'visit_detail_source_concept_id': '0',
            'preceding_visit_detail_id': 'details.preceding_visit_detail_id',
            'visit_occurrence_id': 'details.visit_occurrence_id',
        }) }}
    from details
    inner join visits on details.visit_occurrence_id = visits.visit_occurrence_id
    left join kinds on details.visit_kind = kinds.source_code
    left join care_sites on details.site = care_sites.finess
)

select * from final
