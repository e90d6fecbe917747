-- R43: the life of a person within the window of the delivery, since their scheme is in DCIR (R52).
-- The other setting goes from the first visit to the last. Whoever is in the archive alone is
-- observed until the end of 2012, and again from the month of later care (R50). Whoever never had
-- care according to the referential, and has none here, is not observed (R51).
with persons as (
    select * from {{ ref('int_person__identified') }}
),

observation_window as (
    select * from {{ ref('int_observation_window') }}
),

-- whichever table records the death: it is the one of the CDM
deaths as (
    select person_id, death_date from {{ ref('int_death__ranked') }}
),

cared as (
    select * from {{ ref('int_person__cared') }}
),

starts as (
    select * from {{ ref('regime_starts') }}
),

-- the régime of the first care; one that absorbed others later bounds nothing
regimes as (
    select
        person_id,
        {{ value_at_min('payer', "cast(first_date as string) || payer") }} as payer
    from {{ ref('int_payer__seen') }}
    group by person_id
),

{% if var('observation_rule') == 'visits' -%}
seen as (
    select person_id, min(start_date) as first_date, max(end_date) as last_date
    from {{ ref('int_visit__unioned') }}
    group by person_id
),

{% endif -%}
known as (
    select
        persons.*,
        coalesce(regimes.payer, persons.payer) as regime,
        cared.first_care_after_the_archive,
        {{ first_rule([r51_never_cared('persons', 'cared')]) }} as excluded_by,
        {{ first_rule([r50_archived('persons', 'cared')]) }} is not null as is_archived
    from persons
    left join regimes on persons.person_id = regimes.person_id
    left join cared on persons.person_id = cared.person_id
),

bounded as (
    select
        known._row_id,
        known.person_id,
        known.is_archived,
        known.first_care_after_the_archive,
        greatest(
            {%- if var('observation_rule') == 'visits' %}
            seen.first_date,
            {%- endif %}
            coalesce({{ regime_start('known.regime') }}, {{ r52_first_day('starts') }}),
            observation_window.start_date,
            {{ first_day('known.birth_year', 'known.birth_month') }}
        ) as start_date,
        least(
            {%- if var('observation_rule') == 'visits' %}
            seen.last_date,
            {%- endif %}
            observation_window.end_date,
            coalesce(deaths.death_date, observation_window.end_date)
        ) as end_date
    from known
    cross join observation_window
    left join deaths on known.person_id = deaths.person_id
    left join starts on substr(known.regime, 1, 2) = starts.regime
    {%- if var('observation_rule') == 'visits' %}
    inner join seen on known.person_id = seen.person_id
    {%- endif %}
    where known.excluded_by is null
),

parts as (
    select
        _row_id,
        person_id,
        0 as part,
        start_date,
        case
            when is_archived then least(end_date, {{ last_day_of_the_archive() }})
            else end_date
        end as end_date
    from bounded
    union all
    select
        _row_id,
        person_id,
        1,
        greatest(start_date, {{ first_of_month('first_care_after_the_archive') }}),
        end_date
    from bounded
    where is_archived and first_care_after_the_archive is not null
),

final as (
    select * from parts
    where start_date <= end_date
)

select * from final
