{# Texts and types that engines write in different ways. A text is `string` in our SQL: both know it. #}

{# A value as an SQL literal. Spark takes '' for the end of one text and the beginning of another, and
   a backslash for an escape. #}
{% macro sql_text(text) -%}
    '{{ adapter.dispatch('escaped', 'snds_omop')(text | string) }}'
{%- endmacro %}
{% macro default__escaped(text) -%}
    {{ return(text | replace("'", "''")) }}
{%- endmacro %}
{% macro spark__escaped(text) -%}
    {{ return(text | replace("\\", "\\\\") | replace("'", "\\'")) }}
{%- endmacro %}

{# The type of a contract as the engine names it. #}
{% macro portable_type(type) -%}
    {{ return(adapter.dispatch('portable_type', 'snds_omop')(type)) }}
{%- endmacro %}
{% macro default__portable_type(type) -%} {{ type }} {%- endmacro %}
{% macro spark__portable_type(type) -%} {{ 'string' if type == 'varchar' else type }} {%- endmacro %}
{# dbt's own word, with which it asks the engine what the columns of a contract look like. #}
{% macro spark__cast(field, type) -%}
    cast({{ field }} as {{ portable_type(type) }})
{%- endmacro %}

{# True when the pattern is found in the text. A pattern has no backslash: engines read it differently. #}
{% macro matches(text, pattern) -%}
    {{ return(adapter.dispatch('matches', 'snds_omop')(text, sql_text(pattern))) }}
{%- endmacro %}
{% macro default__matches(text, pattern) -%}
    regexp_matches({{ text }}, {{ pattern }})
{%- endmacro %}
{% macro spark__matches(text, pattern) -%}
    regexp_like({{ text }}, {{ pattern }})
{%- endmacro %}
