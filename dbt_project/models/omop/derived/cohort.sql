-- Cohorts of declared crosswalks: from the index date to the end of the observation that holds it.
with matched as (
    select crosswalk_number, person_id, min(index_date) as index_date
    from {{ ref('int_crosswalk__matched') }}
    where reason is null
    group by crosswalk_number, person_id
),

periods as (
    select * from {{ ref('int_observation_period') }}
),

ended as (
    select
        matched.crosswalk_number,
        matched.person_id,
        matched.index_date,
        coalesce(max(periods.end_date), matched.index_date) as end_date
    from matched
    left join periods
        on
            matched.person_id = periods.person_id
            and matched.index_date between periods.start_date and periods.end_date
    group by matched.crosswalk_number, matched.person_id, matched.index_date
),

final as (
    select
        {{ cdm_columns({
            'cohort_definition_id': 'crosswalk_number',
            'subject_id': 'person_id',
            'cohort_start_date': 'index_date',
            'cohort_end_date': 'end_date',
        }) }}
    from ended
)

select * from final
