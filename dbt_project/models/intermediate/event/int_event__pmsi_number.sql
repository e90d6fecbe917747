{{ config(materialized='view') }}
-- Slots stand at the end of the 32 ids of a row: the first ones are those of its diagnoses.
with numbers as (
    select * from {{ ref('int_pmsi_number__listed') }}
),

final as (
    select
        _row_id,
        slot,
        32 as slots,
        person_id,
        'PMSI_NUM' as source_vocabulary,
        source_code,
        'Measurement' as default_domain,
        start_date,
        cast(null as date) as end_date,
        {{ concept('type_concept', 'PMSI_RSA') }} as type_concept_id,
        cast(null as integer) as status_concept_id,
        cast(null as string) as status_source_value,
        cast(null as double) as quantity,
        cast(unit as string) as unit,
        cast(null as string) as lot_number,
        cast(null as string) as modifier,
        cast(null as string) as provider_number,
        visit_occurrence_id,
        visit_detail_id,
        cast(number as double) as value_as_number,
        case when is_score then cast(low as double) end as range_low,
        case when is_score then cast(high as double) end as range_high
    from numbers
)

select * from final
