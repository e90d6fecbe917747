-- R12: the flux months that were delivered, DCIR and simplified datamart together. A month that a
-- typing error made is none: no line whose care it can pay, fewer lines than one in a hundred of
-- the usual month (one in ten thousand while no month is missing since the last usual one: late
-- lines of a delivery cut by date of care), a year after that of its file where files are named by
-- the year of their flux, or months on either side of more than a year without flux that hold, all
-- together, less than half of a usual month.
with lines as (
    {%- for table in ('dcir__er_prs_f', 'dcirs__ns_prs_f') %}
    select
        '{{ table }}' as source_table,
        _source_year,
        {{ first_of_month('FLX_DIS_DTD') }} as flux_month,
        count(*) as n_lines,
        sum(case when {{ can_pay('FLX_DIS_DTD', 'EXE_SOI_DTD') }} then 1 else 0 end) as n_paid
    from {{ ref('stg_' ~ table) }}
    where FLX_DIS_DTD is not null
    group by _source_year, {{ first_of_month('FLX_DIS_DTD') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

files as (
    select
        source_table,
        _source_year,
        sum(case when extract(year from flux_month) <= _source_year then n_lines else 0 end)
        >= 0.9 * sum(n_lines) as is_named_by_flux
    from lines
    where _source_year is not null
    group by source_table, _source_year
),

believed as (
    select lines.flux_month, sum(lines.n_lines) as n_lines
    from lines
    left join files
        on lines.source_table = files.source_table and lines._source_year = files._source_year
    where
        not coalesce(files.is_named_by_flux, false)
        or extract(year from lines.flux_month) <= lines._source_year
    group by lines.flux_month
    having sum(lines.n_paid) > 0
),

usual as (
    select median(n_lines) as n_lines from believed
),

placed as (
    select
        flux_month,
        n_lines,
        {{ month_number('flux_month') }} as number,
        sum(n_lines) over (order by flux_month) as n_until,
        sum(n_lines) over () as n_lines_in_all
    from believed
),

gaps as (
    select
        n_until,
        n_lines_in_all,
        number as gap_begins,
        lead(number) over (order by number) as gap_ends
    from placed
),

-- what a gap of more than a year parts from nearly all lines, before it and after it
far as (
    select
        max(case when gaps.n_until < 0.5 * usual.n_lines then gaps.gap_begins end) as last_before,
        min(case
            when gaps.n_lines_in_all - gaps.n_until < 0.5 * usual.n_lines then gaps.gap_ends
        end) as first_after
    from gaps
    cross join usual
    where gaps.gap_ends - gaps.gap_begins > 13 and usual.n_lines >= 8
),

near as (
    select
        placed.flux_month,
        placed.n_lines,
        placed.number,
        placed.n_lines >= 0.01 * usual.n_lines as is_usual
    from placed
    cross join usual
    cross join far
    where
        placed.n_lines >= 0.0001 * usual.n_lines
        and placed.number > coalesce(far.last_before, 0)
        and (far.first_after is null or placed.number < far.first_after)
),

last_usual as (
    select max(case when is_usual then number end) as number from near
),

-- no month is missing as long as months since the last usual one are as many as those counted
late as (
    select
        near.flux_month,
        near.number - last_usual.number as months_since,
        count(*) over (order by near.number) as months_counted
    from near
    cross join last_usual
    where near.number > last_usual.number
),

final as (
    select flux_month
    from near
    where is_usual
    union all
    select flux_month
    from late
    where months_since = months_counted
)

select * from final
