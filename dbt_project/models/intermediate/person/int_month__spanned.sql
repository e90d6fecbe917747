-- The months from the first to the last that a delivered file may hold care of, with their number
-- (months since the year 0).
with flux as (
    select {{ month_number('flux_month') }} as flux_number
    from {{ ref('int_flux_month__delivered') }}
),

years as (
    select source_year from {{ ref('int_hospital_year__delivered') }}
    union all
    select cast(extract(year from death_date) as integer)
    from {{ ref('int_certificate__classified') }}
    where excluded_by is null and not is_superseded
),

spans as (
    select min(flux_number) - 1 as first_number, max(flux_number) as last_number from flux
    union all
    select min(source_year) * 12, max(source_year) * 12 + 11 from years
),

bounds as (
    select min(first_number) as first_number, max(last_number) as last_number from spans
),

digits as (
    {%- for digit in range(10) %}
    select {{ digit }} as digit
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

months as (
    select bounds.first_number + hundreds.digit * 100 + tens.digit * 10 + ones.digit as number
    from bounds
    cross join digits as hundreds
    cross join digits as tens
    cross join digits as ones
    where
        bounds.first_number + hundreds.digit * 100 + tens.digit * 10 + ones.digit
        <= bounds.last_number
),

final as (
    select
        number,
        cast(floor(number / 12) as integer) as year_of_care,
        make_date(cast(floor(number / 12) as integer), cast(mod(number, 12) as integer) + 1, 1)
            as month_of_care
    from months
)

select * from final
