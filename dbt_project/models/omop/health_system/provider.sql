with providers as (
    select * from {{ ref('int_provider__resolved') }}
),

structural_map as (
    select * from {{ ref('stg_vocabulary__structural_map') }}
),

sexes as (
    select * from structural_map
    where map = 'sex'
),

final as (
    select
        {{ cdm_columns({
            'provider_id': 'providers.provider_id',
            'specialty_concept_id': 'case\n                when coalesce(providers.speciality, providers.activity) is not null\n                    then coalesce(specialities.target_concept_id, activities.target_concept_id, 0)\n            end',
            'year_of_birth': 'providers.year_of_birth',
            'gender_concept_id': 'case when providers.sex is not null then coalesce(sexes.target_concept_id, 0) end',
            'provider_source_value': 'providers.provider_number',
            'specialty_source_value': 'coalesce(providers.speciality, providers.activity)',
            'gender_source_value': 'providers.sex',
        }) }}
    from providers
    left join structural_map as specialities
        on specialities.map = 'speciality' and providers.speciality = specialities.source_code
    left join structural_map as activities
        on
            activities.map = 'activity'
            and providers.speciality is null
            and providers.activity = activities.source_code
    left join sexes on providers.sex = sexes.source_code
)

select * from final
