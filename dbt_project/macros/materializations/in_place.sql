{# Tables and views made under their own name. dbt-duckdb makes each one aside, renames it and drops
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
