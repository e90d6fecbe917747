{{ config(materialized='view') }}
with visits as (
    select * from {{ ref('int_dcir_visit__grouped') }}
),

final as (
    select
        visit_occurrence_id,
        person_id,
        visit_concept_id,
        care_date as start_date,
        care_date as end_date,
        {{ concept('type_concept', 'DCIR') }} as type_concept_id,
        PFS_EXE_NUM as provider_number,
        ETB_EXE_FIN as finess,
        nullif(PRS_NAT_REF, '') as visit_source_value,
        cast(null as string) as entry,
        cast(null as string) as exit
    from visits
)

select * from final
