{{ config(materialized='view') }}
-- Rehabilitation, home hospital and psychiatry: the mode of entry is that of the first year of the
-- stay, the mode of exit that of the last.
with stays as (
    select * from {{ ref('int_hospital_stay__chained') }}
),

parts as (
    select
        visit_occurrence_id,
        -- full time (_HC, _TC) is what the stay is called when it has both
        min(visit_kind) filter (where excluded_by is null) as visit_kind,
        max(end_date) filter (where excluded_by is null) as end_date
    from {{ ref('int_hospital_part__unioned') }}
    where visit_occurrence_id is not null
    group by visit_occurrence_id
),

modes as (
    select * from {{ ref('int_hospital_mode__placed') }}
),

grouped as (
    select
        stays.visit_occurrence_id,
        stays.person_id,
        stays.field,
        stays.finess,
        stays.care_date,
        stays.end_date,
        stays.is_last_day_known,
        {{ value_at_min('modes.entry', 'stays._source_year') }} as entry,
        {{ value_at_max('modes.exit', 'stays._source_year') }} as exit
    from stays
    left join modes on {{ hospital_stay_join('stays', 'modes') }}
    group by
        stays.visit_occurrence_id, stays.person_id, stays.field, stays.finess, stays.care_date,
        stays.end_date, stays.is_last_day_known
),

named as (
    select
        grouped.*,
        greatest(
            grouped.care_date, coalesce(grouped.end_date, parts.end_date, grouped.care_date)
        ) as last_date,
        coalesce(
            parts.visit_kind,
            case grouped.field when 'SSR' then 'SSR_HC' when 'RIP' then 'PSY_TC' else 'HAD' end
        ) as visit_kind
    from grouped
    left join parts on grouped.visit_occurrence_id = parts.visit_occurrence_id
),

kinds as (
    select * from {{ ref('stg_vocabulary__structural_map') }}
    where map = 'visit_kind'
),

final as (
    select
        named.visit_occurrence_id,
        named.person_id,
        coalesce(kinds.target_concept_id, 0) as visit_concept_id,
        named.care_date as start_date,
        named.last_date as end_date,
        {{ concept('type_concept', 'PMSI_STAY') }} as type_concept_id,
        cast(null as string) as provider_number,
        named.finess,
        named.visit_kind as visit_source_value,
        named.entry,
        named.exit
    from named
    left join kinds on named.visit_kind = kinds.source_code
)

select * from final
