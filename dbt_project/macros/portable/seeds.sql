{# dbt-spark binds the values of a seed without quoting them, and NULL as the text 'None'. Seeds are
   small: they are written as literals. #}
{% macro spark__load_csv_rows(model, agate_table) -%}
    {%- set types = model['config'].get('column_types', {}) -%}
    {%- set sql -%}
        insert into {{ this.render() }} values
        {%- for row in agate_table.rows %}
        ({%- for name in agate_table.column_names -%}
            {%- set type = types.get(name, adapter.convert_type(agate_table, loop.index0)) -%}
            cast({{ 'null' if row[loop.index0] is none else sql_text(row[loop.index0]) }} as {{ portable_type(type) }})
            {{- ', ' if not loop.last }}
        {%- endfor -%})
        {{- ',' if not loop.last }}
        {%- endfor %}
    {%- endset -%}
    {%- do adapter.add_query(sql, abridge_sql_log=True) -%}
    {{ return(sql) }}
{%- endmacro %}
