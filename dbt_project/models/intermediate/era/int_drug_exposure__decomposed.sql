{{ config(materialized='view') }}
with events as (
    select * from {{ ref('int_event__routed') }}
    where domain = 'Drug'
),

ingredients as (
    select * from {{ ref('int_drug_ingredient__related') }}
),

final as (
    select
        events.event_id,
        events.person_id,
        events.concept_id as drug_concept_id,
        ingredients.ingredient_concept_id,
        events.start_date,
        coalesce(events.end_date, events.start_date) as end_date,
        events.quantity,
        events.unit,
        events.source_vocabulary,
        events.source_code
    from events
    inner join ingredients on events.concept_id = ingredients.drug_concept_id
)

select * from final
