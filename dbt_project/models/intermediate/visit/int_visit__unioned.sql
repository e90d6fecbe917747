{{ config(materialized='view') }}
-- Every visit in one shape. A new field of care is a new model with these columns, and its name
-- here. Under the policy `both`, a stay of a shared PSA is told of either person (R08).
{% set fields = ['dcir', 'mco', 'hospital', 'external'] -%}
{% set columns = [
    'visit_occurrence_id', 'person_id', 'visit_concept_id', 'start_date', 'end_date',
    'type_concept_id', 'provider_number', 'finess', 'visit_source_value', 'entry', 'exit',
] -%}
with own as (
    {%- for field in fields %}
    select
        {{ columns | join(',\n        ') }}
    from {{ ref('int_visit__' ~ field) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

final as (
    select * from own
    {%- if var('psa_policy') == 'both' %}
    union all
    {{ told_of_both('own', columns, ['visit_occurrence_id'], 'own.visit_occurrence_id') }}
    {%- endif %}
)

select * from final
