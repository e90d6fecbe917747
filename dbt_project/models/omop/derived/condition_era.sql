-- As the script of OHDSI: an open condition ends the day after it was recorded, and records of one
-- day are one occurrence. Concept 0 is no condition and makes no era, though the script keeps it.
with conditions as (
    select
        min(condition_occurrence_id) as event_id,
        person_id,
        condition_concept_id,
        condition_start_date as start_date,
        max(coalesce(condition_end_date, {{ add_days('condition_start_date', 1) }})) as end_date
    from {{ ref('condition_occurrence') }}
    where condition_concept_id <> 0
    group by person_id, condition_concept_id, condition_start_date
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
