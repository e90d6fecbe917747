{# Models that join or group by the nine keys are run by flux month or year when there are many lines:
   FLX_DIS_DTD is one of the nine, so that batches know nothing of one another, and memory is that of
   one batch (docs/adr/0014). On small data they are one query each. #}
{% macro by_flux() -%}
    {%- if var('flux_batch') == 'one' -%}
        {{ return({'materialized': 'table_in_place' if target.type == 'duckdb' else 'table'}) }}
    {%- endif -%}
    {{ return({
        'materialized': 'incremental',
        'incremental_strategy': 'microbatch',
        'event_time': 'FLX_DIS_DTD',
        'batch_size': var('flux_batch'),
        'begin': var('flux_from'),
        'concurrent_batches': false,
    }) }}
{%- endmacro %}

{# Rows of the batch being run; all rows when there are none. The first batch has no beginning and the
   last one no end: a line with an absurd flux month belongs to one of them and is lost to none, and
   makes no batch of its own. This is why dbt's own filter is turned off, by `ref(…).render()`, where
   a model reads another one that runs by flux. #}
{% macro in_flux_batch(row) -%}
    {%- set batch = model.get('batch') -%}
    {%- if not batch -%}
        {{ return('true') }}
    {%- endif -%}
    {%- set start = (batch.event_time_start | string)[:10] -%}
    {%- set end = (batch.event_time_end | string)[:10] -%}
    {%- set bounds = [] -%}
    {%- if start > var('flux_from') -%}
        {%- do bounds.append(row ~ ".FLX_DIS_DTD >= date '" ~ start ~ "'") -%}
    {%- endif -%}
    {%- if end < var('flux_until') -%}
        {%- do bounds.append(row ~ ".FLX_DIS_DTD < date '" ~ end ~ "'") -%}
    {%- endif -%}
    {{ return(bounds | join(' and ') or 'true') }}
{%- endmacro %}

{# dbt's microbatch deletes the rows of a batch between its two dates. The first batch has no beginning here
   and the last no end, so that what is deleted must be asked in the same words as what is read. This is
   dbt's dispatch (`get_incremental_microbatch_sql`), not a materialization. #}
{% macro duckdb__get_incremental_microbatch_sql(arg_dict) -%}
    {%- set target = arg_dict['target_relation'] -%}
    delete from {{ target }} where {{ in_flux_batch(target.identifier) }};
    insert into {{ target }} by name (select * from {{ arg_dict['temp_relation'] }})
{%- endmacro %}
