{# Stands for the macro of the same name when linting: the dbt contract of the model is not at hand,
   so only the columns that are filled are written. #}
{% macro cdm_columns(filled) -%}
    {%- for name, expression in filled.items() %}
        {{ expression }} as {{ name }}{{ ',' if not loop.last }}
    {%- else %}
        null as nothing
    {%- endfor %}
{%- endmacro %}

{% macro empty_cdm_table() -%}
    select null as nothing
{%- endmacro %}
