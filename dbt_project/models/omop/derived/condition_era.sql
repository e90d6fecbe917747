-- Without an end a condition lasts the day it was recorded; concept 0 is no condition.
with conditions as (
    select
        condition_occurrence_id as event_id,
        person_id,
        condition_concept_id,
        condition_start_date as start_date,
        coalesce(condition_end_date, condition_start_date) as end_date
    from {{ ref('condition_occurrence') }}
    where condition_concept_id <> 0
),

{{ era_spans('conditions', ['person_id', 'condition_concept_id']) }},

final as (
    select
        {{ cdm_columns({
            'condition_era_id': 'first_event_id',
            'person_id': 'person_id',
            'condition_concept_id': 'condition_concept_id',
            'condition_era_start_date': 'start_date',
            'condition_era_end_date': 'end_date',
            'condition_occurrence_count': 'n_events',
        }) }}
    from spans
)

select * from final
