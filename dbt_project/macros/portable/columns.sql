{# Every column of a row but one, which the caller then gives another value. #}
{% macro all_but(row, column) -%}
    {{ return(adapter.dispatch('all_but', 'snds_omop')(row, column)) }}
{%- endmacro %}
{% macro default__all_but(row, column) -%}
    {{ row }}.* exclude ({{ column }})
{%- endmacro %}
{% macro spark__all_but(row, column) -%}
    {{ row }}.* except ({{ column }})
{%- endmacro %}
