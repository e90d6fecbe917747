{{ config(alias='gaps') }}
-- What is missing of DCIR, which no row can show: a detail table that was not delivered for a year
-- of lines (its drugs, acts or tests are nowhere), and flux months without any line between two
-- that have some.
with files as (
    select * from {{ ref('stg_manifest__files') }}
    where fate = 'loaded'
),

tables as (
    select * from {{ ref('stg_manifest__tables') }}
    where product = 'dcir' and source_table <> 'ER_PRS_F'
),

years as (
    select distinct source_year
    from files
    where source_table = 'ER_PRS_F'
),

delivered as (
    select distinct source_table, source_year
    from files
),

-- a file without a year in its name may hold every year
undelivered as (
    select tables.source_table, years.source_year
    from tables
    cross join years
    left join delivered
        on
            tables.source_table = delivered.source_table
            and coalesce(delivered.source_year, years.source_year, 0)
            = coalesce(years.source_year, delivered.source_year, 0)
    where delivered.source_table is null
),

months as (
    select
        FLX_DIS_DTD,
        lead(FLX_DIS_DTD) over (order by FLX_DIS_DTD) as next_month
    from {{ ref('int_dcir_flux__delivered') }}
    where FLX_DIS_DTD is not null
),

final as (
    select
        'table not delivered' as gap,
        source_table,
        source_year,
        cast(null as date) as first_month,
        cast(null as date) as last_month
    from undelivered
    union all
    select
        'flux without any line',
        'ER_PRS_F',
        null,
        {{ add_days(last_of_month('FLX_DIS_DTD'), 1) }},
        {{ first_of_month(add_days('next_month', -1)) }}
    from months
    where next_month > {{ add_days(last_of_month('FLX_DIS_DTD'), 1) }}
)

select * from final
