{{ config(materialized='view') }}
with diagnoses as (
    select * from {{ ref('int_mco_diagnosis__ranked') }}
    where is_kept
),

stays as (
    select * from {{ ref('int_mco_stay__placed') }}
),

final as (
    select
        diagnoses._row_id,
        diagnoses.slot,
        diagnoses.slots,
        stays.person_id,
        'CIM10' as source_vocabulary,
        diagnoses.source_code,
        'Condition' as default_domain,
        diagnoses.start_date,
        cast(null as date) as end_date,
        {{ concept('type_concept', 'PMSI_RSA') }} as type_concept_id,
        {{ concept_of('condition_status', "'MCO_' || diagnoses.diagnosis_role") }}
            as status_concept_id,
        diagnoses.diagnosis_role as status_source_value,
        cast(null as double) as quantity,
        cast(null as string) as modifier,
        cast(null as string) as provider_number,
        stays.visit_occurrence_id,
        diagnoses.visit_detail_id
    from diagnoses
    inner join stays on diagnoses.visit_occurrence_id = stays.visit_occurrence_id
)

select * from final
