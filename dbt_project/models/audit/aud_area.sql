{{ config(alias='area') }}
-- Facts of communes where a person lived when they had care: of the latest year at or before the
-- year of care, or of the table as a whole when it has no year.
with residence as (
    select * from {{ ref('aud_residence') }}
),

areas as (
    select * from {{ ref('stg_manifest__area') }}
),

years as (
    select distinct cast(extract(year from care_date) as integer) as care_year
    from {{ ref('int_dcir_line__surviving') }}
    where care_date is not null
),

lived as (
    select residence.person_id, residence.location_source_value, years.care_year
    from residence
    inner join years
        on years.care_year between
            extract(year from residence.first_date) and extract(year from residence.last_date)
    group by residence.person_id, residence.location_source_value, years.care_year
),

chosen as (
    select
        years.care_year,
        areas.area,
        areas.commune,
        areas.measure,
        max(areas.area_year) as area_year
    from years
    inner join areas on years.care_year >= coalesce(areas.area_year, 0)
    group by years.care_year, areas.area, areas.commune, areas.measure
),

final as (
    select
        lived.person_id,
        lived.location_source_value,
        lived.care_year,
        areas.area as area_name,
        areas.measure,
        areas.area_year,
        areas.value as value_as_string
    from lived
    inner join chosen
        on
            lived.location_source_value = chosen.commune
            and lived.care_year = chosen.care_year
    inner join areas
        on
            chosen.area = areas.area
            and chosen.commune = areas.commune
            and chosen.measure = areas.measure
            and coalesce(chosen.area_year, 0) = coalesce(areas.area_year, 0)
)

select * from final
