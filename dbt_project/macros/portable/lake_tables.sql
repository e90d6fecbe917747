{# What an engine needs before the first model. DuckDB reads the lake at the location of each source
   (`external_location`). Spark gets a table over the files of each SNDS table, with the columns of the
   contract, so that it looks into no file to know them; and the registry of persons, which is kept
   outside of what a build throws away. #}
{% macro declare_lake() -%}
    {%- if execute -%} {{ adapter.dispatch('declare_lake', 'snds_omop')() }} {%- endif -%}
{%- endmacro %}
{% macro default__declare_lake() -%} {%- endmacro %}
{% macro spark__declare_lake() -%}
    {%- for product in staged_tables() | map(attribute='schema') | unique -%}
        {%- do run_query('create database if not exists ' ~ product ~ schema_location(product)) -%}
    {%- endfor -%}
    {%- for table in staged_tables() -%}
        {%- set columns = [] -%}
        {%- for column in table.columns.values() -%}
            {%- do columns.append(column.name ~ ' ' ~ portable_type(column.data_type)) -%}
        {%- endfor -%}
        {%- do run_query(
            'create table if not exists ' ~ table.schema ~ '.' ~ table.identifier
            ~ ' (' ~ columns | join(', ') ~ ") using parquet options (recursiveFileLookup 'true', path '"
            ~ lake_folder() ~ '/' ~ table.schema ~ '/' ~ table.identifier ~ "')"
        ) -%}
    {%- endfor -%}
    {%- do run_query('create database if not exists registry' ~ schema_location('registry')) -%}
    {%- do run_query(
        "create table if not exists registry.person_registry (person_key string, person_id bigint,"
        ~ " build bigint, former_id bigint)"
        ~ " using parquet location '" ~ env_var('SNDS_OMOP_SPARK', '../workspace/build/spark') ~ "/registry'"
    ) -%}
    {%- do adapter.cache_added(
        api.Relation.create(schema='registry', identifier='person_registry', type='table')
    ) -%}
    {%- for name in var('kept', []) -%} {{ declare_kept(*name.split('.')) }} {%- endfor -%}
{%- endmacro %}

{# A table that an earlier build wrote, and this one does not write again. #}
{% macro declare_kept(schema, table) -%}
    {%- do run_query('create database if not exists ' ~ schema ~ schema_location(schema)) -%}
    {%- do run_query(
        'create table if not exists ' ~ schema ~ '.' ~ table ~ " using parquet location '"
        ~ env_var('SNDS_OMOP_SPARK') ~ '/warehouse/' ~ schema ~ '.db/' ~ table ~ "'"
    ) -%}
    {%- do adapter.cache_added(
        api.Relation.create(schema=schema, identifier=table, type='table')
    ) -%}
{%- endmacro %}

{# On a cluster a schema is kept in the folder that is shared with it, whatever the warehouse of its
   server is called. A local session has its warehouse there. #}
{% macro schema_location(schema) -%}
    {%- if env_var('SNDS_OMOP_SPARK_REMOTE', '') %} location '
        {{- env_var('SNDS_OMOP_SPARK') }}/warehouse/{{ schema }}.db'
    {%- endif -%}
{%- endmacro %}
{% macro spark__create_schema(relation) -%}
    {%- call statement('create_schema') -%}
        create schema if not exists {{ relation }}{{ schema_location(relation.schema) }}
    {%- endcall -%}
{%- endmacro %}
