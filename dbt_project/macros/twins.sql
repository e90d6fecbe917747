{# The policy for hospital care of a PSA that two persons share (R08, docs/adr/0007): `drop`, `first`,
   `both`. #}

{# Nothing that PMSI tells of a shared PSA is certain to be one person's: DCIR, which knows the rank,
   may tell the same care of either. #}
{% macro is_one_of(person_id, owner) -%}
    {%- if var('psa_policy') == 'drop' -%}
    {{ owner }}.person_id = {{ person_id }}
    {%- else -%}
    {{ person_id }} in ({{ owner }}.person_id, {{ owner }}.other_person_id)
    {%- endif -%}
{%- endmacro %}

{# The rows of `own` again, for the other person of the PSA: same content, the negative of each id, so
   that the row they come from is known and no number is taken twice. `care` is the id of the visit,
   or of what has none. #}
{% macro told_of_both(own, columns, ids, care) -%}
    select
        {%- for column in columns %}
        {%- if column == 'person_id' %}
        shared.other_person_id
        {%- else %}
        {{ '-' if column in ids }}{{ own }}.{{ column }}
        {%- endif %}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ own }}
    inner join {{ ref('int_care__shared') }} as shared on {{ care }} = shared.care_id
{%- endmacro %}
