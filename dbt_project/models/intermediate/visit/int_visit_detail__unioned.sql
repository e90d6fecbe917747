{{ config(materialized='view') }}
-- Every part of a stay in one shape. A new field is a new model with these columns, and its name
-- here.
{% set fields = ['mco', 'hospital'] -%}
{% set columns = [
    'visit_detail_id', 'preceding_visit_detail_id', 'visit_occurrence_id', 'person_id', 'start_date',
    'end_date', 'source_value', 'visit_kind', 'site',
] -%}
with final as (
    {%- for field in fields %}
    select
        {{ columns | join(',\n        ') }}
    from {{ ref('int_visit_detail__' ~ field) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from final
