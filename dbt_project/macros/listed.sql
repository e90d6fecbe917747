{# The concept of a code of a reviewed list (mappings/structural): looked up in the loaded
   vocabulary and passed by `snds-omop build`; that of the list when dbt runs alone. A code that is
   in no list stops the build. #}
{% macro concept(list, code) -%}
    {%- set concepts = codes_of_list(list) -%}
    {%- if code not in concepts -%}
        {{ exceptions.raise_compiler_error('mappings/structural: no code ' ~ code ~ ' in ' ~ list) }}
    {%- endif -%}
    {{ concepts[code] }}
{%- endmacro %}

{# The concept of a code that a column holds; NULL for one that the list has not. #}
{% macro concept_of(list, expression) -%}
    case {{ expression }}
        {%- for code, concept_id in codes_of_list(list).items() %}
        when {{ sql_text(code) }} then {{ concept_id }}
        {%- endfor %}
    end
{%- endmacro %}

{% macro codes_of_list(list) -%}
    {%- set codes = dict(reviewed_concepts().get(list, {})) -%}
    {%- do codes.update(var('concepts').get(list, {})) -%}
    {%- if not codes -%}
        {{ exceptions.raise_compiler_error('mappings/structural: no list ' ~ list) }}
    {%- endif -%}
    {{ return(codes) }}
{%- endmacro %}
