{# The policy for hospital care of a PSA that two persons share (R08, docs/adr/0007): `drop`, `first`. #}

{# PMSI does not state which person of a shared PSA the care belongs to: DCIR, which knows the rank,
   may record the same care of either. #}
{% macro is_one_of(person_id, owner) -%}
    {%- if var('psa_policy') == 'drop' -%}
    {{ owner }}.person_id = {{ person_id }}
    {%- else -%}
    {{ person_id }} in ({{ owner }}.person_id, {{ owner }}.other_person_id)
    {%- endif -%}
{%- endmacro %}
