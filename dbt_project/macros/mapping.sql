{# Wider names of an ICD-10 code, nearest first: without its PMSI extension (`+`), then cut one
   character at a time down to the category. Pairs (level, expression). #}
{% macro icd10_parents(code) -%}
    {%- set base = "split_part(" ~ code ~ ", '+', 1)" -%}
    {{ return([
        (1, base),
        (2, "substr(" ~ base ~ ", 1, 5)"),
        (3, "substr(" ~ base ~ ", 1, 4)"),
        (4, "substr(" ~ base ~ ", 1, 3)"),
    ]) }}
{%- endmacro %}

{# Where an event goes: the domain of its standard concept, else its source's. A domain without an
   event table of its own is an observation (CDM conventions). #}
{% macro routed_domain(target_concept_id, target_domain, default_domain) -%}
    case
        when {{ target_concept_id }} = 0 then {{ default_domain }}
        when {{ target_domain }} in
            ('Condition', 'Drug', 'Procedure', 'Measurement', 'Device', 'Observation')
            then {{ target_domain }}
        else 'Observation'
    end
{%- endmacro %}
