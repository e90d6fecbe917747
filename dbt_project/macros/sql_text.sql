{# A setting as an SQL literal. #}
{% macro sql_text(text) -%}
    '{{ text | string | replace("'", "''") }}'
{%- endmacro %}

{# A date of the settings, or what stands for it. #}
{% macro date_setting(name, otherwise) -%}
    {{ 'date ' ~ sql_text(var(name)) if var(name) else otherwise }}
{%- endmacro %}
