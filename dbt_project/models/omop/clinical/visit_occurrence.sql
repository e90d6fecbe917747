with visits as (
    select * from {{ ref('int_visit__unioned') }}
),

preceded as (
    select * from {{ ref('int_visit__preceded') }}
),

structural_map as (
    select * from {{ ref('stg_vocabulary__structural_map') }}
),

providers as (
    select * from {{ ref('int_provider__resolved') }}
),

care_sites as (
    select * from {{ ref('int_care_site__resolved') }}
),

-- of town care, the source value is the nature of the act
natures as (
    select * from {{ ref('int_nature__named') }}
),

final as (
    select
        {{ cdm_columns({
            'visit_occurrence_id': 'visits.visit_occurrence_id',
            'person_id': 'visits.person_id',
            'visit_concept_id': 'visits.visit_concept_id',
            'visit_start_date': 'visits.start_date',
            'visit_start_datetime': 'visits.start_date',
            'visit_end_date': 'visits.end_date',
            'visit_end_datetime': 'visits.end_date',
            'visit_type_concept_id': 'visits.type_concept_id',
            'provider_id': 'providers.provider_id',
            'care_site_id': 'care_sites.care_site_id',
            'visit_source_value': 'visits.visit_source_value',
            'visit_source_concept_id': 'coalesce(natures.source_concept_id, 0)',
            'admitted_from_concept_id':
                'case when visits.entry is not null then coalesce(entries.target_concept_id, 0) end',
            'admitted_from_source_value': 'visits.entry',
            'discharged_to_concept_id':
                'case when visits.exit is not null then coalesce(exits.target_concept_id, 0) end',
            'discharged_to_source_value': 'visits.exit',
            'preceding_visit_occurrence_id': 'preceded.preceding_visit_occurrence_id',
        }) }}
    from visits
    left join preceded on visits.visit_occurrence_id = preceded.visit_occurrence_id
    left join natures on visits.visit_source_value = natures.PRS_NAT_REF
    left join providers on visits.provider_number = providers.provider_number
    left join care_sites on visits.finess = care_sites.finess
    left join structural_map as entries
        on entries.map = 'entry' and visits.entry = entries.source_code
    left join structural_map as exits
        on exits.map = 'exit' and visits.exit = exits.source_code
)

select * from final
