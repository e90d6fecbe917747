-- Tables that give no CDM row of their own, by the role of their contract. `context` ones describe
-- others, `no_event` ones are money of no event (R23); the rest is staged and counted but not
-- transformed by this version (N00): no reader may think that it is in the CDM.
{% set roles = table_roles() -%}
with tables as (
    select * from {{ ref('stg_manifest__tables') }}
),

-- the number of the table stands in the row id
counted as (
    {%- for table in staged_tables() if roles[table.name] not in ('events', 'money') %}
    select
        {{ table_number_of_row_id('_row_id') }} as table_number,
        _source_year,
        _row_id,
        {{ 'true' if roles[table.name] == 'context' else 'false' }} as is_context,
        {{ 'true' if roles[table.name] == 'no_event' else 'false' }} as is_no_event
    from {{ source('snds', table.name) }}
    {{ 'union all' if not loop.last }}
    {%- else %}
    select
        cast(null as integer) as table_number,
        cast(null as integer) as _source_year,
        cast(null as bigint) as _row_id,
        false as is_context,
        false as is_no_event
    where false
    {%- endfor %}
),

final as (
    select
        tables.source_table,
        counted._source_year,
        counted._row_id,
        case when counted.is_context then 'context' else 'excluded' end as disposition,
        case
            {{ rule('R23', 'counted.is_no_event') }}
            when not counted.is_context then 'N00'
        end as rule_id,
        cast(null as bigint) as carrier_row_id
    from counted
    inner join tables on counted.table_number = tables.table_number
)

select * from final
