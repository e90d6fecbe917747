{# Numbers that engines read or count in different ways. #}

{# A text as a whole number, NULL when it is none. DuckDB rounds `12.5`, which Spark refuses. #}
{% macro to_integer(text) -%}
    {{ return(adapter.dispatch('to_integer', 'snds_omop')(text)) }}
{%- endmacro %}
{% macro default__to_integer(text) -%}
    try_cast({{ text }} as integer)
{%- endmacro %}
{% macro spark__to_integer(text) -%}
    try_cast(round(try_cast({{ text }} as decimal(20, 4))) as integer)
{%- endmacro %}

{# The value of a column on the row where another is greatest, or smallest. Rows where one of the
   two is NULL do not count: DuckDB leaves them out, Spark only those without order. #}
{% macro value_at_max(value, by) -%}
    {{ return(adapter.dispatch('value_at_max', 'snds_omop')(value, by)) }}
{%- endmacro %}
{% macro default__value_at_max(value, by) -%}
    max_by({{ value }}, {{ by }})
{%- endmacro %}
{% macro spark__value_at_max(value, by) -%}
    max_by({{ value }}, case when {{ value }} is not null then {{ by }} end)
{%- endmacro %}
{% macro value_at_min(value, by) -%}
    {{ return(adapter.dispatch('value_at_min', 'snds_omop')(value, by)) }}
{%- endmacro %}
{% macro default__value_at_min(value, by) -%}
    min_by({{ value }}, {{ by }})
{%- endmacro %}
{% macro spark__value_at_min(value, by) -%}
    min_by({{ value }}, case when {{ value }} is not null then {{ by }} end)
{%- endmacro %}

{# A column that is a whole number, or a text that is one, as a number. #}
{% macro to_number(column) -%}
    {{ to_integer('trim(cast(' ~ column ~ ' as string))') }}
{%- endmacro %}

{# A value in a narrower type; NULL when it does not fit: one absurd cell must not end a build, and the
   engine would quote it. Every narrowing cast of a model on delivered values goes through this. #}
{% macro narrowed(value, type) -%}
    try_cast({{ value }} as {{ portable_type(type) }})
{%- endmacro %}
