with dcir_visits as (
    select * from {{ ref('int_dcir_visit__grouped') }}
),

stays as (
    select * from {{ ref('int_mco_stay__placed') }}
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

unioned as (
    select
        visit_occurrence_id,
        person_id,
        visit_concept_id,
        care_date as start_date,
        care_date as end_date,
        {{ concept('claim') }} as type_concept_id,
        PFS_EXE_NUM as provider_number,
        {{ finess9('ETB_EXE_FIN') }} as finess,
        PRS_NAT_REF as visit_source_value,
        cast(null as varchar) as entry,
        cast(null as varchar) as exit
    from dcir_visits
    union all
    select
        stays.visit_occurrence_id,
        stays.person_id,
        coalesce(kinds.target_concept_id, 0),
        stays.care_date,
        stays.end_date,
        {{ concept('inpatient_claim') }},
        null,
        stays.ETA_NUM,
        stays.visit_kind,
        stays.entry,
        stays.exit
    from stays
    left join structural_map as kinds
        on kinds.map = 'visit_kind' and stays.visit_kind = kinds.source_code
),

final as (
    select
        {{ cdm_columns({
            'visit_occurrence_id': 'unioned.visit_occurrence_id',
            'person_id': 'unioned.person_id',
            'visit_concept_id': 'unioned.visit_concept_id',
            'visit_start_date': 'unioned.start_date',
            'visit_start_datetime': 'unioned.start_date',
            'visit_end_date': 'unioned.end_date',
            'visit_end_datetime': 'unioned.end_date',
            'visit_type_concept_id': 'unioned.type_concept_id',
            'provider_id': 'providers.provider_id',
            'care_site_id': 'care_sites.care_site_id',
            'visit_source_value': 'unioned.visit_source_value',
            'visit_source_concept_id': '0',
            'admitted_from_concept_id':
                'case when unioned.entry is not null then coalesce(entries.target_concept_id, 0) end',
            'admitted_from_source_value': 'unioned.entry',
            'discharged_to_concept_id':
                'case when unioned.exit is not null then coalesce(exits.target_concept_id, 0) end',
            'discharged_to_source_value': 'unioned.exit',
        }) }}
    from unioned
    left join providers on unioned.provider_number = providers.provider_number
    left join care_sites on unioned.finess = care_sites.finess
    left join structural_map as entries
        on entries.map = 'entry' and unioned.entry = entries.source_code
    left join structural_map as exits
        on exits.map = 'exit' and unioned.exit = exits.source_code
)

select * from final
