{{ config(materialized='view') }}
-- Weeks, sub-sequences and sequences in one shape, excluded ones too: `excluded_by` names the rule.
{% for model in ['int_ssr_week__placed', 'int_had_part__placed', 'int_rip_sequence__placed'] -%}
select
    field,
    source_table,
    _row_id,
    _source_year,
    finess,
    stay_number,
    part_key,
    person_id,
    visit_occurrence_id,
    visit_detail_id,
    start_date,
    end_date,
    unit_start_date,
    visit_kind,
    source_value,
    site,
    {{ 'is_second_unit' if 'ssr' in model else 'false' }} as is_second_unit,
    excluded_by
from {{ ref(model) }}
{{ 'union all' if not loop.last }}
{% endfor %}
