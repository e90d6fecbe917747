{{ config(alias='left_targets') }}
-- Standard concepts beyond the first of an event, for which its source row had no id left: a row
-- has 32, and those with many diagnoses in columns (SSR until 2008) need one for each.
with events as (
    select _row_id, slot, slots, source_vocabulary, source_code
    from {{ ref('int_event__unioned') }}
    where slots > 1
),

codes as (
    select * from {{ ref('int_code__resolved') }}
),

tables as (
    select * from {{ ref('stg_manifest__tables') }}
),

left_out as (
    select
        {{ table_number_of_row_id('events._row_id') }} as table_number,
        events.source_vocabulary,
        events.source_code
    from events
    left join codes
        on
            events.source_vocabulary = codes.source_vocabulary
            and events.source_code = codes.source_code
    where codes.target_rank * events.slots + events.slot >= 32
),

final as (
    select
        coalesce(tables.source_table, 'unknown') as source_table,
        left_out.source_vocabulary,
        left_out.source_code,
        count(*) as n_targets
    from left_out
    left join tables on left_out.table_number = tables.table_number
    group by 1, left_out.source_vocabulary, left_out.source_code
)

select * from final
