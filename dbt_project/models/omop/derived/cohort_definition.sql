with crosswalks as (
    select
        crosswalk_number,
        crosswalk_name,
        bool_or(is_dated) as is_dated
    from {{ ref('stg_manifest__crosswalk') }}
    group by crosswalk_number, crosswalk_name
),

final as (
    select
        {{ cdm_columns({
            'cohort_definition_id': 'crosswalk_number',
            'cohort_definition_name': 'crosswalk_name',
            'cohort_definition_description': "case\n                when is_dated then 'Persons of a declared crosswalk, from the index date that it gives'\n                else 'Persons of a declared crosswalk, from the beginning of their observation'\n            end",
            'definition_type_concept_id': '0',
            'cohort_definition_syntax': "'delivery.toml: [[crosswalk]]'",
            'subject_concept_id': concept('cdm', 'person'),
        }) }}
    from crosswalks
)

select * from final
