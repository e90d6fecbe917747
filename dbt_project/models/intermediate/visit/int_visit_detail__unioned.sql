{{ config(materialized='view') }}
-- Every part of a stay in one shape. A new field is a new model with these columns, and its name
-- here. Under the policy `both`, a stay of a shared PSA is told of either person (R08).
{% set fields = ['mco', 'hospital'] -%}
{% set ids = ['visit_detail_id', 'visit_occurrence_id'] -%}
{% set columns = ids + [
    'person_id', 'start_date', 'end_date', 'source_value', 'visit_kind', 'site',
] -%}
with own as (
    {%- for field in fields %}
    select
        {{ columns | join(',\n        ') }}
    from {{ ref('int_visit_detail__' ~ field) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

final as (
    select * from own
    {%- if var('psa_policy') == 'both' %}
    union all
    {{ told_of_both('own', columns, ids, 'own.visit_occurrence_id') }}
    {%- endif %}
)

select * from final
