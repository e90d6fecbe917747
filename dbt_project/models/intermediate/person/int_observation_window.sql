-- R43: the days for which the delivery is deemed complete: whole months from the first to the last
-- care that was reimbursed within 27 months, or discharged within the year of its file.
with lines as (
    select care_date, care_date as end_date
    from {{ ref('int_dcir_line__surviving') }}
    where
        excluded_by is null
        and care_date between {{ add_days('FLX_DIS_DTD', -850) }} and FLX_DIS_DTD
),

stays as (
    select care_date, end_date
    from {{ ref('int_mco_stay__placed') }}
    where extract(year from end_date) = _source_year
),

cared as (
    select * from lines
    union all
    select * from stays
),

-- a delivery of neither DCIR nor MCO is as long as the other hospital care that it tells
other_hospitals as (
    select start_date, end_date from {{ ref('int_visit__hospital') }}
    union all
    select start_date, end_date from {{ ref('int_visit__external') }}
),

derived as (
    select
        {{ first_of_month('min(care_date)') }} as start_date,
        {{ last_of_month('max(end_date)') }} as end_date
    from cared
),

fallback as (
    select
        {{ first_of_month('min(start_date)') }} as start_date,
        {{ last_of_month('max(end_date)') }} as end_date
    from other_hospitals
),

final as (
    select
        {{ date_setting('observation_start', 'coalesce(derived.start_date, fallback.start_date)') }}
            as start_date,
        {{ date_setting('observation_end', 'coalesce(derived.end_date, fallback.end_date)') }}
            as end_date
    from derived
    cross join fallback
)

select * from final
