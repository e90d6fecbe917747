{{ config(materialized='view') }}
-- A week, sub-sequence or sequence follows the one that ended the day before; of two that did, the
-- one of the smaller id.
with parts as (
    select * from {{ ref('int_hospital_part__unioned') }}
    where excluded_by is null
),

ended as (
    select visit_occurrence_id, end_date, min(visit_detail_id) as visit_detail_id
    from parts
    group by visit_occurrence_id, end_date
),

final as (
    select
        parts.visit_detail_id,
        ended.visit_detail_id as preceding_visit_detail_id,
        parts.visit_occurrence_id,
        parts.person_id,
        parts.start_date,
        parts.end_date,
        coalesce(parts.source_value, parts.visit_kind) as source_value,
        parts.visit_kind,
        parts.site
    from parts
    left join ended
        on
            parts.visit_occurrence_id = ended.visit_occurrence_id
            and {{ add_days('parts.start_date', -1) }} = ended.end_date
)

select * from final
