{# Relations made under their own name. dbt-duckdb makes each one aside, renames it and drops
   what stood there, in four transactions: on three hundred nodes that costs as much as the queries of
   a small delivery. A build has the candidate to itself, and one transaction keeps what stood there if
   the query fails. Hooks, grants, indexes and persisted descriptions are not used, and not handled. #}

{% materialization table, adapter='duckdb', supported_languages=['sql'] %}
    {%- set target = this.incorporate(type='table') -%}
    {% call statement('main') -%}
        {{ drop_in_place(load_cached_relation(this)) }}
        {{ create_table_as(False, target, compiled_code) }}
    {%- endcall %}
    {{ adapter.commit() }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb', supported_languages=['sql'] %}
    {%- set target = this.incorporate(type='view') -%}
    {% call statement('main') -%}
        {{ drop_in_place(load_cached_relation(this)) }}
        {{ create_view_as(target, compiled_code) }}
    {%- endcall %}
    {{ adapter.commit() }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% macro drop_in_place(relation) -%}
    {%- if relation is not none -%}
    drop {{ relation.type }} {{ relation }};
    {%- endif -%}
{%- endmacro %}

{# The rows of this run are put straight into the table. dbt-duckdb would write them to a temporary
   table first, in memory, and then once more. A microbatch takes out its own rows before. #}
{% materialization incremental, adapter='duckdb', supported_languages=['sql'] %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target = this.incorporate(type='table') -%}
    {%- set anew = existing is none or not existing.is_table or should_full_refresh() -%}
    {% call statement('main') -%}
        {%- if anew -%}
        {{ drop_in_place(existing) }}
        {{ create_table_as(False, target, compiled_code) }}
        {%- else -%}
        {%- if model.get('batch') %}
        delete from {{ target }} where {{ in_flux_batch(this.identifier) }};
        {%- endif %}
        insert into {{ target }} by name ({{ compiled_code }})
        {%- endif -%}
    {%- endcall %}
    {{ adapter.commit() }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}
