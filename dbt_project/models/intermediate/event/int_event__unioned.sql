{{ config(materialized='view') }}
-- The stem: every coded event in one shape, before its code is known to be a condition, a drug, an
-- act… `default_domain` is where it goes when its code has no target. A new kind of event is a new
-- model with these columns, and its name in this list.
{% set kinds = [
    'dcir_detail', 'mco_diagnosis', 'mco_act', 'long_term_disease', 'hospital_diagnosis',
    'hospital_act', 'hospital_product', 'external', 'ambulatory_diagnosis', 'death_cause',
    'covid_vaccination', 'covid_test', 'pmsi_number', 'care_home',
] -%}
{#- kinds that have the unit in which a product is counted, and its batch -#}
{% set products = ['dcir_detail', 'covid_vaccination', 'pmsi_number', 'care_home'] -%}
{#- kinds that state a number, and the range of the score it is -#}
{% set numbers = ['pmsi_number', 'care_home'] -%}
{% for kind in kinds -%}
select
    _row_id,
    slot,
    slots,
    person_id,
    source_vocabulary,
    source_code,
    default_domain,
    start_date,
    end_date,
    type_concept_id,
    status_concept_id,
    status_source_value,
    quantity,
    {{ 'unit' if kind in products else 'cast(null as string)' }} as unit,
    {{ 'lot_number' if kind in products else 'cast(null as string)' }} as lot_number,
    modifier,
    provider_number,
    visit_occurrence_id,
    visit_detail_id,
{%- for column in ['value_as_number', 'range_low', 'range_high'] %}
{{ column if kind in numbers else 'cast(null as double) as ' ~ column }}
{{- ',' if not loop.last }}
{%- endfor %}
from {{ ref('int_event__' ~ kind) }}
{{ 'union all' if not loop.last }}
{% endfor %}
