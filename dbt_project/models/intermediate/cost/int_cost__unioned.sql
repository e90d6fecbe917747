{{ config(materialized='view') }}
-- Every cost in one shape. A new source of money is a new model with these columns, and its name
-- here. `slot` distinguishes the payers of one row.
{% set sources = ['dcir_line', 'dcir_payment', 'dcirs_payment', 'hospital_money'] -%}
{% for source in sources -%}
select
    _row_id,
    {{ 'slot' if source in ('dcirs_payment', 'hospital_money') else '0' }} as slot,
    cost_event_id,
    cost_domain_id,
    type_concept_id,
    total_charge,
    amount_allowed,
    paid_by_payer,
    paid_by_patient,
    payer_plan_period_id,
    revenue_code,
    drg
from {{ ref('int_cost__' ~ source) }}
{{ 'union all' if not loop.last }}
{% endfor %}
