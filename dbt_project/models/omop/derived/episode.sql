-- A pregnancy has no concept of its own in the vocabulary Episode: it is a course of a condition.
with episodes as (
    select * from {{ ref('int_episode__unioned') }}
),

kinds as (
    {%- for kind, code in {
        'long_term_disease': 'EPISODE_DISEASE',
        'pregnancy': 'EPISODE_DISEASE',
        'pregnancy_loss': 'EPISODE_DISEASE',
        'chemotherapy': 'EPISODE_CHEMOTHERAPY',
        'radiotherapy': 'EPISODE_RADIOTHERAPY',
    }.items() %}
    select '{{ kind }}' as kind, {{ concept('cdm', code) }} as episode_concept_id
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

final as (
    select
        {{ cdm_columns({
            'episode_id': 'episodes.episode_id',
            'person_id': 'episodes.person_id',
            'episode_concept_id': 'kinds.episode_concept_id',
            'episode_start_date': 'episodes.start_date',
            'episode_start_datetime': 'episodes.start_date',
            'episode_end_date': 'episodes.end_date',
            'episode_end_datetime': 'episodes.end_date',
            'episode_object_concept_id': 'episodes.object_concept_id',
            'episode_type_concept_id': 'episodes.type_concept_id',
            'episode_source_value': 'episodes.source_value',
            'episode_source_concept_id': 'episodes.source_concept_id',
        }) }}
    from episodes
    inner join kinds on episodes.kind = kinds.kind
)

select * from final
