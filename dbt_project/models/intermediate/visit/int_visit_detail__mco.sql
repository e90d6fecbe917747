{{ config(materialized='view') }}
with units as (
    select * from {{ ref('int_mco_unit__placed') }}
),

final as (
    select
        visit_detail_id,
        visit_occurrence_id,
        person_id,
        start_date,
        end_date,
        coalesce(AUT_TYP1_UM, visit_kind) as source_value
    from units
)

select * from final
