with persons as (
    select * from {{ ref('int_person__identified') }}
),

observation_window as (
    select * from {{ ref('int_observation_window') }}
),

bounded as (
    select
        persons._row_id,
        persons.person_id,
        greatest(
            observation_window.start_date, {{ first_of_year('persons.birth_year') }}
        ) as start_date,
        least(
            observation_window.end_date, coalesce(persons.death_date, observation_window.end_date)
        ) as end_date
    from persons
    cross join observation_window
),

final as (
    select
        {{ cdm_id('_row_id') }} as observation_period_id,
        person_id,
        start_date as observation_period_start_date,
        end_date as observation_period_end_date,
        {{ concept('claim_enrolment_record') }} as period_type_concept_id
    from bounded
    where start_date <= end_date
)

select * from final
