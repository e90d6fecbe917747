-- `Disease Episode` of vocabulary Episode, when the vocabulary that is loaded has it. The demo
-- vocabulary has not, and no public source of the project confirms its id: 0 there.
with episodes as (
    select * from {{ ref('int_episode__unioned') }}
),

final as (
    select
        {{ cdm_columns({
            'episode_id': 'episode_id',
            'person_id': 'person_id',
            'episode_concept_id': concept_named('Episode', 'Disease Episode'),
            'episode_start_date': 'start_date',
            'episode_start_datetime': 'start_date',
            'episode_end_date': 'end_date',
            'episode_end_datetime': 'end_date',
            'episode_object_concept_id': 'object_concept_id',
            'episode_type_concept_id': 'type_concept_id',
            'episode_source_value': 'source_value',
            'episode_source_concept_id': 'source_concept_id',
        }) }}
    from episodes
)

select * from final
