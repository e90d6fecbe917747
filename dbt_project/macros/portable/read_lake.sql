{# Reads a Parquet file of the lake that is not an SNDS table: manifest and vocabulary. #}
{% macro read_lake(path) -%}
    {{ return(adapter.dispatch('read_lake', 'snds_omop')(path)) }}
{%- endmacro %}
{% macro default__read_lake(path) -%}
    read_parquet('{{ env_var("SNDS_OMOP_LAKE", "../workspace/lake") }}/{{ path }}')
{%- endmacro %}
{% macro spark__read_lake(path) -%}
    parquet.`{{ env_var("SNDS_OMOP_LAKE", "../workspace/lake") }}/{{ path }}`
{%- endmacro %}
