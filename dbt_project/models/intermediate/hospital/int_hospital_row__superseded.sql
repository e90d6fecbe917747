-- R13 for rows without a key of their own: when a year of a table came in several deliveries, a
-- stay or a bill has its rows from the last of them; files of one delivery are parts, and add up.
-- Of tables and years of one delivery, the rule, only parts of stays are read: of each the last row
-- by content counts, wherever its line stands. Contracts state the keys; a week has a row a unit.
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
        cast({{ part }} as string) as part,
        {{ fullness(part_content()[table], '0') }} as content
    from {{ staged(table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

numbered as (
    select * from parts
    where
        part is not null
        and _source_year is not null
        and finess is not null
        and stay_number is not null
),

kept as (
    {{ kept_rows(
        'numbered', ['source_table', '_source_year', 'finess', 'stay_number', 'part'], ['content']
    ) }}
),

final as (
    select numbered.source_table, numbered._source_year, numbered._row_id
    from numbered
    left join kept on numbered._row_id = kept._row_id
    where kept._row_id is null
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
