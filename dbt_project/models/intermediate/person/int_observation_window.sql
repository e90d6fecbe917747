-- R12: the days for which the delivery is complete. They begin with the month of the first care
-- that was reimbursed within 27 months, or discharged within the year of its file. They end six
-- months before the last flux month, or with the last year that every delivered field of PMSI has:
-- with the earlier of both, or with the one that `observation.end` names. A delivery of which no
-- month is complete has the months of its care, and audit.coverage states that none is complete.
{% set end = var('observation_end') -%}
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

-- a delivery of neither DCIR nor MCO begins with the other hospital care that it holds
other_hospitals as (
    select start_date, end_date from {{ ref('int_visit__hospital') }}
    union all
    select start_date, end_date from {{ ref('int_visit__external') }}
),

derived as (
    select
        {{ first_of_month('min(care_date)') }} as start_date,
        {{ last_of_month('max(end_date)') }} as last_day
    from cared
),

fallback as (
    select
        {{ first_of_month('min(start_date)') }} as start_date,
        {{ last_of_month('max(end_date)') }} as last_day
    from other_hospitals
),

flux as (
    select
        {{ last_of_month(add_months('max(flux_month)', -var('observation_flux_months'))) }}
            as last_day
    from {{ ref('int_flux_month__delivered') }}
),

last_years as (
    select field, max(source_year) as last_year
    from {{ ref('int_hospital_year__delivered') }}
    group by field
),

hospital as (
    select make_date(cast(min(last_year) as integer), 12, 31) as last_day from last_years
),

bounded as (
    select
        {{ date_setting('observation_start', 'coalesce(derived.start_date, fallback.start_date)') }}
            as start_date,
        {% if end == 'both' -%}
        least(flux.last_day, hospital.last_day)
        {%- elif end in ('dcir', 'hospital') -%}
        coalesce({{ 'flux.last_day, hospital.last_day' if end == 'dcir'
            else 'hospital.last_day, flux.last_day' }})
        {%- else -%}
        date {{ sql_text(end) }}
        {%- endif %} as end_date,
        coalesce(derived.last_day, fallback.last_day) as last_day
    from derived
    cross join fallback
    cross join flux
    cross join hospital
),

final as (
    select
        start_date,
        {% if end in ('both', 'dcir', 'hospital') -%}
        case when end_date < start_date then last_day else end_date end
        {%- else -%}
        end_date
        {%- endif %} as end_date
    from bounded
)

select * from final
