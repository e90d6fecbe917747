{{ config(materialized='view') }}
with diagnoses as (
    select * from {{ ref('int_hospital_diagnosis__ranked') }}
    where excluded_by is null and is_kept
),

final as (
    select
        diagnoses._row_id,
        diagnoses.slot,
        diagnoses.slots,
        diagnoses.person_id,
        'CIM10' as source_vocabulary,
        diagnoses.source_code,
        'Condition' as default_domain,
        diagnoses.start_date,
        cast(null as date) as end_date,
        {{ concept('type_concept', 'PMSI_RSA') }} as type_concept_id,
        {{ concept_of('condition_status', "diagnoses.field || '_' || diagnoses.diagnosis_role") }}
            as status_concept_id,
        diagnoses.diagnosis_role as status_source_value,
        cast(null as double) as quantity,
        cast(null as string) as modifier,
        cast(null as string) as provider_number,
        diagnoses.visit_occurrence_id,
        diagnoses.visit_detail_id
    from diagnoses
)

select * from final
