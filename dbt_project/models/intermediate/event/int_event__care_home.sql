{{ config(materialized='view') }}
-- Residence in a nursing home or a long-term unit is an observation of its first day, with its
-- months: never a visit, for the register is not complete and knows months.
with homes as (
    select * from {{ ref('int_care_home__classified') }}
    where excluded_by is null and not is_superseded
),

final as (
    select
        _row_id,
        0 as slot,
        1 as slots,
        person_id,
        'ESM_CAT_COD' as source_vocabulary,
        coalesce(ESM_CAT_COD, 'IR_ESM_R') as source_code,
        'Observation' as default_domain,
        care_date as start_date,
        cast(null as date) as end_date,
        {{ concept('type_concept', 'IR_ESM') }} as type_concept_id,
        cast(null as integer) as status_concept_id,
        cast(null as string) as status_source_value,
        cast(null as double) as quantity,
        case when months is not null then 'MOIS' end as unit,
        cast(null as string) as lot_number,
        cast(null as string) as modifier,
        cast(null as string) as provider_number,
        cast(null as bigint) as visit_occurrence_id,
        cast(null as bigint) as visit_detail_id,
        cast(months as double) as value_as_number,
        cast(null as double) as range_low,
        cast(null as double) as range_high
    from homes
)

select * from final
