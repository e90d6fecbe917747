{# The columns of a CDM table in the order and with the types of its contract. `filled` gives the
   expressions we have; every other column is NULL. A name the contract does not know is an error. #}
{% macro cdm_columns(filled) -%}
    {%- for name in filled if execute and name not in model.columns -%}
        {%- do exceptions.raise_compiler_error(model.name ~ " has no column " ~ name) -%}
    {%- endfor -%}
    {%- for name, column in model.columns.items() %}
        {{ to_cdm(filled.get(name, 'null'), column.data_type) }} as {{ adapter.quote(name) if column.quote else name }}
        {{- ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# An expression in the type of its column; what does not fit a number is NULL. #}
{% macro to_cdm(value, type) -%}
    {%- if type in ('integer', 'double') or type.startswith('decimal') -%}
        {{ narrowed(value, type) }}
    {%- else -%}
        cast({{ value }} as {{ portable_type(type) }})
    {%- endif -%}
{%- endmacro %}

{# A table of the CDM that stays empty, by design and for a reason given in its description. #}
{% macro empty_cdm_table() -%}
    select
        {{ cdm_columns({}) }}
    where false
{%- endmacro %}
