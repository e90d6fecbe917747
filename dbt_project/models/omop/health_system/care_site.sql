with care_sites as (
    select distinct care_site_id, site, name, category, place
    from {{ ref('int_care_site__resolved') }}
),

categories as (
    select * from {{ ref('stg_vocabulary__structural_map') }}
    where map = 'finess_category'
),

locations as (
    select * from {{ ref('int_location__resolved') }}
),

final as (
    select
        {{ cdm_columns({
            'care_site_id': 'care_sites.care_site_id',
            'care_site_name': 'care_sites.name',
            'place_of_service_concept_id': 'case when care_sites.category is not null then coalesce(categories.target_concept_id, 0) end',
            'location_id': 'locations.location_id',
            'care_site_source_value': 'care_sites.site',
            'place_of_service_source_value': 'care_sites.category',
        }) }}
    from care_sites
    left join categories on care_sites.category = categories.source_code
    left join locations on care_sites.place = locations.place
)

select * from final
