with persons as (
    select * from {{ ref('int_person__identified') }}
),

locations as (
    select * from {{ ref('int_location__resolved') }}
),

doctors as (
    select person_id, provider_number
    from {{ ref('int_referring_doctor__classified') }}
    where is_last and excluded_by is null
),

providers as (
    select * from {{ ref('int_provider__resolved') }}
),

sexes as (
    select * from {{ ref('stg_vocabulary__structural_map') }}
    where map = 'sex'
),

final as (
    select
        {{ cdm_columns({
            'person_id': 'persons.person_id',
            'gender_concept_id': 'coalesce(sexes.target_concept_id, 0)',
            'year_of_birth': 'persons.birth_year',
            'month_of_birth': 'persons.birth_month',
            'race_concept_id': '0',
            'ethnicity_concept_id': '0',
            'location_id': 'locations.location_id',
            'provider_id': 'providers.provider_id',
            'gender_source_value': 'persons.BEN_SEX_COD',
            'gender_source_concept_id': '0',
        }) }}
    from persons
    left join locations on persons.place = locations.place
    left join doctors on persons.person_id = doctors.person_id
    left join providers on doctors.provider_number = providers.provider_number
    left join sexes on persons.BEN_SEX_COD = sexes.source_code
)

select * from final
