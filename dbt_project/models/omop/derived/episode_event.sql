-- A long-term disease holds its own record and the diagnoses of the same concept while it lasts; a
-- pregnancy or a treatment holds what the visits with its signs recorded, or such a visit itself
-- when it recorded nothing.
with episodes as (
    select * from {{ ref('int_episode__unioned') }}
),

events as (
    select * from {{ ref('int_event__routed') }}
),

visits as (
    select * from {{ ref('int_episode_visit__listed') }}
),

members as (
    select episodes.episode_id, events.event_id, events.domain
    from episodes
    inner join events on episodes._row_id = {{ row_id_of('events.event_id') }}
    where episodes.kind = 'long_term_disease'
    union
    select episodes.episode_id, events.event_id, events.domain
    from episodes
    inner join events
        on
            episodes.person_id = events.person_id
            and episodes.object_concept_id = events.concept_id
            and episodes.start_date <= events.start_date
            and coalesce(episodes.end_date, events.start_date) >= events.start_date
    where episodes.kind = 'long_term_disease' and episodes.object_concept_id <> 0
    union
    select visits.episode_id, events.event_id, events.domain
    from visits
    inner join events on visits.visit_occurrence_id = events.visit_occurrence_id
    union
    select visits.episode_id, visits.visit_occurrence_id, 'Visit'
    from visits
    left join events on visits.visit_occurrence_id = events.visit_occurrence_id
    where events.event_id is null
),

fields as (
    {%- for domain, field in event_fields().items() %}
    select '{{ domain }}' as domain, {{ concept('cdm', field) }} as field_concept_id
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

final as (
    select
        {{ cdm_columns({
            'episode_id': 'members.episode_id',
            'event_id': 'members.event_id',
            'episode_event_field_concept_id': 'fields.field_concept_id',
        }) }}
    from members
    inner join fields on members.domain = fields.domain
)

select * from final
