{# The columns of a CDM table in the order and with the types of its contract. `filled` gives the
   expressions we have; every other column is NULL. A name the contract does not know is an error. #}
{% macro cdm_columns(filled) -%}
    {%- set columns = contract_of_unit_test() if model.resource_type == 'unit_test' else model.columns -%}
    {%- for name in filled if execute and name not in columns -%}
        {%- do exceptions.raise_compiler_error(model.name ~ " has no column " ~ name) -%}
    {%- endfor -%}
    {%- for name, column in columns.items() %}
        {{ to_cdm(filled.get(name, 'null'), column.data_type) }} as {{ adapter.quote(name) if column.quote else name }}
        {{- ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# A unit test of dbt does not know the contract of its model: the built table has the same columns. #}
{% macro contract_of_unit_test() -%}
    {%- set columns = {} -%}
    {%- if execute -%}
        {%- set table = api.Relation.create(
            database=model.database, schema=model.schema,
            identifier=model.tested_node_unique_id.split('.')[-1]
        ) -%}
        {%- for column in adapter.get_columns_in_relation(table) -%}
            {%- do columns.update({column.name: {'data_type': column.dtype | lower}}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(columns) }}
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
