{# One rule of mappings/rules/snds_rules.csv: `when <condition> then '<id>'`, or nothing when the rule
   is switched off. A NULL condition is not met: no row is lost to three-valued logic (R05). #}
{% macro rule(id, condition) -%}
    {%- if id not in var('rules_off') -%}
    when ({{ condition }}) then '{{ id }}'
    {%- endif -%}
{%- endmacro %}

{# A condition that names the rule even when it is switched off: without it the CDM would hold a row
   without a person, a day or a concept. #}
{% macro always(id, condition) -%}
    when ({{ condition }}) is true then '{{ id }}'
{%- endmacro %}

{# The first of the given rules that holds names the row; NULL when none does. Their order is part of
   the contract with the ledger. #}
{% macro first_rule(rules) -%}
    {%- set active = rules | map('trim') | select | list -%}
    {%- if active %}
        case
            {%- for rule in active %}
            {{ rule }}
            {%- endfor %}
        end
    {%- else %}
        cast(null as string)
    {%- endif -%}
{%- endmacro %}
