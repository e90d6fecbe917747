{{ config(materialized='view') }}
-- External care of acute and rehabilitation hospitals, and ambulatory psychiatry.
with ambulatory as (
    select distinct visit_occurrence_id, person_id, care_date, finess, 'PSY_AMB' as visit_kind
    from {{ ref('int_rip_ambulatory__grouped') }}
),

visits as (
    select visit_occurrence_id, person_id, care_date, finess, visit_kind
    from {{ ref('int_external_visit__grouped') }}
    union all
    select visit_occurrence_id, person_id, care_date, finess, visit_kind
    from ambulatory
),

kinds as (
    select * from {{ ref('stg_vocabulary__structural_map') }}
    where map = 'visit_kind'
),

final as (
    select
        visits.visit_occurrence_id,
        visits.person_id,
        coalesce(kinds.target_concept_id, 0) as visit_concept_id,
        visits.care_date as start_date,
        visits.care_date as end_date,
        {{ concept('type_concept', 'PMSI_ACE') }} as type_concept_id,
        cast(null as string) as provider_number,
        visits.finess,
        visits.visit_kind as visit_source_value,
        cast(null as string) as entry,
        cast(null as string) as exit
    from visits
    left join kinds on visits.visit_kind = kinds.source_code
)

select * from final
