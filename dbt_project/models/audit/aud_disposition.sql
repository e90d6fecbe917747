{{ config(materialized='view', schema='intermediate') }}
-- What became of every staged row: exactly one line each.
{% for part in [
    'beneficiary', 'cartography', 'cepidc', 'cost', 'covid', 'dcir', 'mco', 'mco_unit', 'mco_diagnosis',
    'mco_act', 'mco_external', 'ssr', 'had', 'rip', 'reference', 'register', 'superseded',
    'untransformed',
] -%}
select source_table, _source_year, _row_id, disposition, rule_id, carrier_row_id
from {{ ref('aud_disposition__' ~ part) }}
{{ 'union all' if not loop.last }}
{% endfor %}
