-- R18: the stay that a line of a private hospital was billed in, found by person, hospital and day.
{% set place -%}
cast(stays.start_date as string) || lpad(cast(stays.visit_occurrence_id as string), 20, '0')
{%- endset -%}
with lines as (
    select _row_id, person_id, care_date, ETB_EXE_FIN
    from {{ ref('int_dcir_line__classified') }}
    where excluded_by = 'R18' and not is_superseded
),

stays as (
    select visit_occurrence_id, person_id, finess, start_date, end_date
    from {{ ref('int_visit__mco') }}
    union all
    select visit_occurrence_id, person_id, finess, start_date, end_date
    from {{ ref('int_visit__hospital') }}
),

final as (
    -- of two stays that meet on its day, the line is of the one that begins
    select
        lines._row_id,
        {{ value_at_max('stays.visit_occurrence_id', place) }} as visit_occurrence_id
    from lines
    inner join stays
        on
            lines.person_id = stays.person_id
            and {{ finess8('lines.ETB_EXE_FIN') }} = {{ finess8('stays.finess') }}
            and lines.care_date between stays.start_date and stays.end_date
    group by lines._row_id
)

select * from final
