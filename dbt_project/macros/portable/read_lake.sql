{# Where the lake is; the default lets plain dbt run in the project's folder. #}
{% macro lake_folder() -%}
    {{ env_var('SNDS_OMOP_LAKE', '../workspace/lake') }}
{%- endmacro %}

{# Reads a table of the vocabulary: of one snapshot, which nothing changes. #}
{% macro read_vocabulary(table) -%}
    {%- set folder = env_var('SNDS_OMOP_VOCABULARY', lake_folder() ~ '/vocabulary') -%}
    {{ return(adapter.dispatch('read_parquet_file', 'snds_omop')(folder ~ '/' ~ table ~ '.parquet')) }}
{%- endmacro %}

{# Reads a Parquet file of the lake that is not an SNDS table: the manifest. #}
{% macro read_lake(path) -%}
    {{ return(adapter.dispatch('read_parquet_file', 'snds_omop')(lake_folder() ~ '/' ~ path)) }}
{%- endmacro %}
{% macro default__read_parquet_file(path) -%}
    read_parquet('{{ path }}')
{%- endmacro %}
{% macro spark__read_parquet_file(path) -%}
    parquet.`{{ path }}`
{%- endmacro %}
