with births as (
    select distinct mother_person_id, child_person_id
    from {{ ref('int_birth__linked') }}
),

directed as (
    select
        mother_person_id as fact_id_1,
        child_person_id as fact_id_2,
        {{ concept('cdm', 'MOTHER') }} as relationship_concept_id
    from births
    union all
    select child_person_id, mother_person_id, {{ concept('cdm', 'CHILD') }}
    from births
),

final as (
    select
        {{ cdm_columns({
            'domain_concept_id_1': concept('cdm', 'person'),
            'fact_id_1': 'directed.fact_id_1',
            'domain_concept_id_2': concept('cdm', 'person'),
            'fact_id_2': 'directed.fact_id_2',
            'relationship_concept_id': 'directed.relationship_concept_id',
        }) }}
    from directed
)

select * from final
