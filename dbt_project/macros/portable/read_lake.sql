{# Where the lake is; the default lets plain dbt run in the project's folder. #}
{% macro lake_folder() -%}
    {{ return(env_var('SNDS_OMOP_LAKE', '../workspace/lake')) }}
{%- endmacro %}

{# Reads a Parquet file of the lake that is not an SNDS table: manifest and vocabulary. #}
{% macro read_lake(path) -%}
    {{ return(adapter.dispatch('read_lake', 'snds_omop')(path)) }}
{%- endmacro %}
{% macro default__read_lake(path) -%}
    read_parquet('{{ lake_folder() }}/{{ path }}')
{%- endmacro %}
{% macro spark__read_lake(path) -%}
    parquet.`{{ lake_folder() }}/{{ path }}`
{%- endmacro %}
