{# Tables and views made under their own name, for DuckDB. dbt-duckdb makes each one under another
   name, renames it and drops what stood there, in four transactions: on three hundred nodes that
   costs as much as the queries of a small delivery. A build has the candidate to itself, and one
   transaction keeps what stood there if the query fails. `dbt_project.yml` sets them by folder; hooks,
   indexes, grants and persisted descriptions are those of dbt's own materializations. #}

{% materialization table_in_place, adapter='duckdb', supported_languages=['sql'] %}
    {%- set target = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') -%}
        {{ drop_in_place(load_cached_relation(this)) }}
        {{ create_table_as(False, target, compiled_code) }}
    {%- endcall %}
    {% do create_indexes(target) %}
    {{ finish_in_place(target) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% materialization view_in_place, adapter='duckdb', supported_languages=['sql'] %}
    {%- set target = this.incorporate(type='view') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') -%}
        {{ drop_in_place(load_cached_relation(this)) }}
        {{ create_view_as(target, with_absolute_paths(compiled_code)) }}
    {%- endcall %}
    {{ finish_in_place(target) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{# Without the environment that `snds-omop` gives, paths are relative to the folder that dbt runs in,
   and a view would be readable from that folder only. DuckDB states where its file is. #}
{% macro with_absolute_paths(query) -%}
    {%- if '../workspace/' not in query or env_var('SNDS_OMOP_CANDIDATE', '') -%}
        {{ return(query) }}
    {%- endif -%}
    {%- set found = run_query(
        "select path from duckdb_databases() where database_name = '" ~ this.database ~ "'"
    ) -%}
    {%- set candidate = found.columns[0].values()[0] | replace('\\', '/') -%}
    {{ return(query | replace('../workspace/', candidate.rsplit('/', 2)[0] ~ '/')) }}
{%- endmacro %}

{% macro drop_in_place(relation) -%}
    {%- if relation is not none -%}
    drop {{ relation.type }} {{ relation }};
    {%- endif -%}
{%- endmacro %}

{% macro finish_in_place(target) -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do apply_grants(target, config.get('grants'), should_revoke=False) %}
    {% do persist_docs(target, model) %}
    {% do adapter.commit() %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
{%- endmacro %}
