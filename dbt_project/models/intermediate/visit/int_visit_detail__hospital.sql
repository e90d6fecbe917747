{{ config(materialized='view') }}
with parts as (
    select * from {{ ref('int_hospital_part__unioned') }}
    where excluded_by is null
),

final as (
    select
        visit_detail_id,
        visit_occurrence_id,
        person_id,
        start_date,
        end_date,
        coalesce(source_value, visit_kind) as source_value,
        visit_kind,
        site
    from parts
)

select * from final
