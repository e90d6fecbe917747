{{ config(alias='coverage') }}
-- What was delivered of each month of care (R12). A month of DCIR is complete when the flux months
-- that must follow it were all delivered, and partial when one of the 27 was in which it may still
-- be reimbursed. A month of PMSI is complete when the file of its year was delivered; `HOSPITAL` is
-- complete when every delivered field is. Certificates come by year of death, out of order.
{% set lag = var('observation_flux_months') -%}
with flux as (
    select
        flux_month,
        {{ month_number('flux_month') }} as flux_number
    from {{ ref('int_flux_month__delivered') }}
),

years as (
    select * from {{ ref('int_hospital_year__delivered') }}
),

fields as (
    select distinct field from years
),

certificates as (
    select distinct cast(extract(year from death_date) as integer) as source_year
    from {{ ref('int_certificate__classified') }}
    where excluded_by is null and not is_superseded
),

calendar as (
    select * from {{ ref('int_month__spanned') }}
),

town as (
    select
        calendar.month_of_care,
        count(case when flux.flux_number - calendar.number between 1 and {{ lag }} then 1 end)
            as n_following,
        count(flux.flux_number) as n_flux
    from calendar
    left join flux on flux.flux_number - calendar.number between 0 and 27
    group by calendar.month_of_care
),

names as (
    {%- for field in ('MCO', 'SSR', 'HAD', 'RIP', 'HOSPITAL') %}
    select '{{ field }}' as field
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

hospital as (
    select
        calendar.month_of_care,
        names.field,
        count(years.source_year) as n_files,
        count(distinct fields.field) as n_fields
    from calendar
    cross join names
    left join fields on names.field in (fields.field, 'HOSPITAL')
    left join years on fields.field = years.field and calendar.year_of_care = years.source_year
    group by calendar.month_of_care, names.field
),

final as (
    select
        'DCIR' as domain,
        month_of_care as month,
        case
            when n_following = {{ lag }} and n_flux > 0 then 'complete'
            when n_flux > 0 then 'partial'
            else 'absent'
        end as status
    from town
    union all
    select
        field,
        month_of_care,
        case
            when n_files = 0 then 'absent'
            when n_files = n_fields then 'complete'
            else 'partial'
        end
    from hospital
    union all
    select
        'CEPIDC',
        calendar.month_of_care,
        case when certificates.source_year is null then 'absent' else 'complete' end
    from calendar
    left join certificates on calendar.year_of_care = certificates.source_year
)

select * from final
