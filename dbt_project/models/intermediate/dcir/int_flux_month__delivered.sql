-- R12: the flux months that were delivered, DCIR and simplified datamart together. A month that a
-- typing error made is none: fewer lines than one in a hundred of the usual month, or a year after
-- that of its file where files are named by the year of their flux.
with lines as (
    {%- for table in ('dcir__er_prs_f', 'dcirs__ns_prs_f') %}
    select
        '{{ table }}' as source_table,
        _source_year,
        {{ first_of_month('FLX_DIS_DTD') }} as flux_month,
        count(*) as n_lines
    from {{ ref('stg_' ~ table) }}
    where FLX_DIS_DTD is not null
    group by _source_year, {{ first_of_month('FLX_DIS_DTD') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- files that are named by another year, that of care perhaps, hold many such lines
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
),

usual as (
    select median(n_lines) as n_lines from believed
),

final as (
    select believed.flux_month
    from believed
    cross join usual
    where believed.n_lines >= 0.01 * usual.n_lines
)

select * from final
