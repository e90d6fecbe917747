-- A transfer: a stay that starts on the day another of the same person ended; of two that start on
-- that day, the shorter comes first. Sessions and external care follow nothing.
with stays as (
    select visit_occurrence_id, person_id, start_date, end_date, visit_source_value
    from {{ ref('int_visit__unioned') }}
    where visit_source_value in (
            'MCO_HC', 'MCO_AMB', 'MCO_URG_HC', 'SSR_HC', 'HAD', 'PSY_TC'
        )
),

final as (
    select
        stays.visit_occurrence_id,
        -- of several, the one that began last, then by its kind: ids follow the order of lines
        {{ value_at_max(
            'earlier.visit_occurrence_id',
            "cast(earlier.start_date as string) || '|' || earlier.visit_source_value || '|' || "
            ~ "lpad(cast(earlier.visit_occurrence_id as string), 18, '0')"
        ) }} as preceding_visit_occurrence_id
    from stays
    inner join stays as earlier
        on
            stays.person_id = earlier.person_id
            and stays.start_date = earlier.end_date
            and (stays.start_date > earlier.start_date or stays.end_date > earlier.end_date)
    group by stays.visit_occurrence_id
)

select * from final
