{{ config(materialized='view') }}
with diagnoses as (
    select * from {{ ref('int_rip_ambulatory_diagnosis__ranked') }}
    where excluded_by is null and is_kept
),

final as (
    select
        _row_id,
        0 as slot,
        1 as slots,
        person_id,
        'CIM10' as source_vocabulary,
        source_code,
        'Condition' as default_domain,
        care_date as start_date,
        cast(null as date) as end_date,
        {{ concept('type_concept', 'RIP_AMB') }} as type_concept_id,
        {{ concept_of('condition_status', "'RIP_' || diagnosis_role") }} as status_concept_id,
        diagnosis_role as status_source_value,
        cast(null as double) as quantity,
        cast(null as string) as modifier,
        cast(null as string) as provider_number,
        visit_occurrence_id,
        cast(null as bigint) as visit_detail_id
    from diagnoses
)

select * from final
