-- R43: the life of a person within the window of the delivery, and since their scheme is complete
-- where a setting says so; the other rule goes from the first visit to the last.
with persons as (
    select * from {{ ref('int_person__identified') }}
),

observation_window as (
    select * from {{ ref('int_observation_window') }}
),

-- whichever table tells of the death: it is the one of the CDM
deaths as (
    select person_id, death_date from {{ ref('int_death__ranked') }}
),

{% if var('observation_rule') == 'visits' -%}
seen as (
    select person_id, min(start_date) as first_date, max(end_date) as last_date
    from {{ ref('int_visit__unioned') }}
    group by person_id
),

{% endif -%}
bounded as (
    select
        persons._row_id,
        persons.person_id,
        greatest(
            {%- if var('observation_rule') == 'visits' %}
            seen.first_date,
            {%- endif %}
            {{ regime_start('persons.payer') }},
            observation_window.start_date,
            {{ first_day('persons.birth_year', 'persons.birth_month') }}
        ) as start_date,
        least(
            {%- if var('observation_rule') == 'visits' %}
            seen.last_date,
            {%- endif %}
            observation_window.end_date,
            coalesce(deaths.death_date, observation_window.end_date)
        ) as end_date
    from persons
    cross join observation_window
    left join deaths on persons.person_id = deaths.person_id
    {%- if var('observation_rule') == 'visits' %}
    inner join seen on persons.person_id = seen.person_id
    {%- endif %}
),

final as (
    select
        {{ cdm_id('_row_id') }} as observation_period_id,
        person_id,
        start_date as observation_period_start_date,
        end_date as observation_period_end_date,
        {{ concept('type_concept', 'IR_BEN') }} as period_type_concept_id
    from bounded
    where start_date <= end_date
)

select * from final
