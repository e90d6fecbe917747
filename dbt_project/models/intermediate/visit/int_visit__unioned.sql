{{ config(materialized='view') }}
-- Every visit in one shape. A new field of care is a new model with these columns, and its name
-- here.
{% set fields = ['dcir', 'mco', 'hospital', 'external'] -%}
{% set columns = [
    'visit_occurrence_id', 'person_id', 'visit_concept_id', 'start_date', 'end_date',
    'type_concept_id', 'provider_number', 'finess', 'visit_source_value', 'entry', 'exit',
] -%}
with final as (
    {%- for field in fields %}
    select
        {{ columns | join(',\n        ') }}
    from {{ ref('int_visit__' ~ field) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from final
