{{ config(materialized='view') }}
with long_term_diseases as (
    select * from {{ ref('int_long_term_disease__classified') }}
    where excluded_by is null and not is_superseded
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
        -- the right ends, the disease may not: the episode keeps the last day of the right (ADR 33)
        cast(null as date) as end_date,
        {{ concept('type_concept', 'IMB') }} as type_concept_id,
        {{ concept('condition_status', 'ALD') }} as status_concept_id,
        'ALD' || coalesce(' ' || ald_number, '') as status_source_value,
        cast(null as double) as quantity,
        cast(null as string) as modifier,
        cast(null as string) as provider_number,
        cast(null as bigint) as visit_occurrence_id,
        cast(null as bigint) as visit_detail_id
    from long_term_diseases
)

select * from final
