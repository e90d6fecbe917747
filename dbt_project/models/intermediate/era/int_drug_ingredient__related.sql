-- RxNorm Extension too: ingredients that exist outside the United States only stand there.
with used as (
    select distinct concept_id as drug_concept_id
    from {{ ref('int_event__routed') }}
    where domain = 'Drug' and concept_id <> 0
),

ancestors as (
    select * from {{ ref('concept_ancestor') }}
),

concepts as (
    select * from {{ ref('concept') }}
),

final as (
    select distinct
        used.drug_concept_id,
        concepts.concept_id as ingredient_concept_id
    from used
    inner join ancestors on used.drug_concept_id = ancestors.descendant_concept_id
    inner join concepts on ancestors.ancestor_concept_id = concepts.concept_id
    where
        concepts.vocabulary_id in ('RxNorm', 'RxNorm Extension')
        and concepts.concept_class_id = 'Ingredient'
        and concepts.standard_concept = 'S'
)

select * from final
