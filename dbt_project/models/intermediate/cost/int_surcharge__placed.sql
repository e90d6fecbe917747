-- R19: a surcharge or participation belongs to the visit of its own claim, of the same day when the
-- claim holds several.
{% set claim = nine_keys() | reject('in', ['PRS_ORD_NUM', 'REM_TYP_AFF']) | list -%}
with surcharges as (
    select classified.*
    from {{ ref('int_dcir_line__classified') }} as classified
    where {{ keeps_cost('classified') }} and classified.excluded_by in ('R16', 'R19')
),

visits as (
    select _row_id, {{ cdm_id('visit_row_id') }} as visit_occurrence_id
    from {{ ref('int_dcir_line__placed') }}
    where visit_row_id is not null
    union all
    select _row_id, visit_occurrence_id
    from {{ ref('int_private_line__placed') }}
),

lines as (
    select * from {{ ref('int_dcir_line__classified') }}
    where coalesce(excluded_by, 'R18') = 'R18' and not is_superseded
),

final as (
    select
        surcharges._row_id,
        coalesce(
            min(visits.visit_occurrence_id) filter (where lines.care_date = surcharges.care_date),
            min(visits.visit_occurrence_id)
        ) as visit_occurrence_id
    from surcharges
    inner join lines
        on
            {%- for key in claim %}
            surcharges.{{ key }} = lines.{{ key }} and
            {%- endfor %}
            surcharges.person_id = lines.person_id
    inner join visits on lines._row_id = visits._row_id
    group by surcharges._row_id
)

select * from final
