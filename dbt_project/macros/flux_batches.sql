{# Models that join or group by the nine keys are run by flux month or year when there are many lines:
   FLX_DIS_DTD is one of the nine, so that batches know nothing of one another, and memory is that of
   one batch (docs/adr/0014). On small data they are one query each. #}
{% macro by_flux() -%}
    {%- if var('flux_batch') == 'one' -%}
        {{ return({'materialized': 'table'}) }}
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
