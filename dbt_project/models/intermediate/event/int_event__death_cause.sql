{{ config(materialized='view') }}
with causes as (
    select * from {{ ref('int_death_cause__ranked') }}
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
        death_date as start_date,
        cast(null as date) as end_date,
        {{ concept('type_concept', 'CEPIDC') }} as type_concept_id,
        case strength
            when 1 then {{ concept('condition_status', 'CEPIDC_INI') }}
            when 2 then {{ concept('condition_status', 'CEPIDC_IMM') }}
            else {{ concept('condition_status', 'CEPIDC_ASS') }}
        end as status_concept_id,
        place_on_certificate as status_source_value,
        cast(null as double) as quantity,
        cast(null as string) as modifier,
        cast(null as string) as provider_number,
        cast(null as bigint) as visit_occurrence_id,
        cast(null as bigint) as visit_detail_id
    from causes
)

select * from final
