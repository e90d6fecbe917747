-- R13 for rows without a key of their own: when a year of a table came in several deliveries, a
-- stay or a bill has its rows from the last of them; files of one delivery are parts, and add up.
-- Of tables and years of one delivery, the rule, only parts of stays are read: the last row of each
-- counts. Contracts state the keys; a week has a row a unit.
with files as (
    select * from {{ ref('stg_manifest__files') }}
    where fate = 'loaded' and rows_staged > 0
),

delivered as (
    select source_table, source_year
    from files
    group by source_table, source_year
    having count(distinct delivery) > 1
),

blocks as (
    select * from {{ ref('stg_manifest__blocks') }}
),

rows as (
    {%- for table, (finess, number) in stay_keys().items() %}
    select
        '{{ table }}' as source_table,
        _row_id,
        _source_year,
        {{ finess }} as finess,
        {{ number }} as stay_number
    from {{ staged(table) }}
    where '{{ table }}' in (select delivered.source_table from delivered)
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

placed as (
    select rows.*, blocks.file_number, files.delivery
    from rows
    inner join delivered
        on
            rows.source_table = delivered.source_table
            and rows._source_year is not distinct from delivered.source_year
    inner join blocks on {{ block_of_row_id('rows._row_id') }} = blocks.block
    inner join files
        on rows.source_table = files.source_table and blocks.file_number = files.file_number
),

latest as (
    select
        source_table, _source_year, finess, stay_number,
        {{ value_at_max('delivery', 'file_number') }} as delivery
    from placed
    group by source_table, _source_year, finess, stay_number
),

parts as (
    {%- for table, (finess, number, part) in part_keys().items() %}
    select
        '{{ table }}' as source_table,
        _row_id,
        _source_year,
        {{ finess }} as finess,
        {{ number }} as stay_number,
        cast({{ part }} as string) as part
    from {{ staged(table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

repeated as (
    select source_table, _source_year, finess, stay_number, part, max(_row_id) as _row_id
    from parts
    where part is not null
    group by source_table, _source_year, finess, stay_number, part
    having count(*) > 1
),

final as (
    select parts.source_table, parts._source_year, parts._row_id
    from parts
    inner join repeated
        on
            parts.source_table = repeated.source_table
            and parts._source_year = repeated._source_year
            and parts.finess = repeated.finess
            and parts.stay_number = repeated.stay_number
            and parts.part = repeated.part
            and parts._row_id < repeated._row_id
    union
    select placed.source_table, placed._source_year, placed._row_id
    from placed
    inner join latest
        on
            placed.source_table = latest.source_table
            and placed._source_year = latest._source_year
            and placed.finess = latest.finess
            and placed.stay_number = latest.stay_number
            and placed.delivery <> latest.delivery
)

select * from final
