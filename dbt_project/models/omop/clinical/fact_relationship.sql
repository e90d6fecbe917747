-- The ids of the concepts are those of the vocabulary that is loaded, found by name; 0 without one.
with births as (
    select distinct mother_person_id, child_person_id
    from {{ ref('int_birth__linked') }}
),

domains as (
    select coalesce(max(domain_concept_id), {{ concept('no_match') }}) as person_domain_concept_id
    from {{ ref('domain') }}
    where domain_id = 'Person'
),

directed as (
    select
        mother_person_id as fact_id_1,
        child_person_id as fact_id_2,
        {{ concept_named('SNOMED', 'Mother') }} as relationship_concept_id
    from births
    union all
    select child_person_id, mother_person_id, {{ concept_named('SNOMED', 'Child') }}
    from births
),

final as (
    select
        {{ cdm_columns({
            'domain_concept_id_1': 'domains.person_domain_concept_id',
            'fact_id_1': 'directed.fact_id_1',
            'domain_concept_id_2': 'domains.person_domain_concept_id',
            'fact_id_2': 'directed.fact_id_2',
            'relationship_concept_id': 'directed.relationship_concept_id',
        }) }}
    from directed
    cross join domains
)

select * from final
