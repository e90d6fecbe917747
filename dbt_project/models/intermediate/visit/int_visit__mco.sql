{{ config(materialized='view') }}
with stays as (
    select * from {{ ref('int_mco_stay__placed') }}
),

kinds as (
    select * from {{ ref('stg_vocabulary__structural_map') }}
    where map = 'visit_kind'
),

final as (
    select
        stays.visit_occurrence_id,
        stays.person_id,
        coalesce(kinds.target_concept_id, 0) as visit_concept_id,
        stays.care_date as start_date,
        stays.end_date,
        {{ concept('type_concept', 'PMSI_STAY') }} as type_concept_id,
        cast(null as string) as provider_number,
        stays.ETA_NUM as finess,
        stays.visit_kind as visit_source_value,
        stays.entry,
        stays.exit
    from stays
    left join kinds on stays.visit_kind = kinds.source_code
)

select * from final
