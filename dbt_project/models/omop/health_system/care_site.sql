with care_sites as (
    select distinct care_site_id, site, name, category
    from {{ ref('int_care_site__resolved') }}
),

categories as (
    select * from {{ ref('stg_vocabulary__structural_map') }}
    where map = 'finess_category'
),

final as (
    select
        {{ cdm_columns({
            'care_site_id': 'care_sites.care_site_id',
            'care_site_name': 'care_sites.name',
            'place_of_service_concept_id': 'case when care_sites.category is not null then coalesce(categories.target_concept_id, 0) end',
            'care_site_source_value': 'care_sites.site',
            'place_of_service_source_value': 'care_sites.category',
        }) }}
    from care_sites
    left join categories on care_sites.category = categories.source_code
)

select * from final
