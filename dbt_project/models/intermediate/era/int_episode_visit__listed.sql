-- The stay that ends a pregnancy, and the visits with signs of any other episode.
with episodes as (
    select * from {{ ref('int_episode__unioned') }}
),

signals as (
    select * from {{ ref('int_episode_signal__listed') }}
),

final as (
    select
        episode_id,
        {{ cdm_id('_row_id') }} as visit_occurrence_id
    from episodes
    where kind = 'pregnancy'
    union
    select
        episodes.episode_id,
        signals.visit_occurrence_id
    from episodes
    inner join signals
        on
            episodes.kind = signals.kind
            and episodes.person_id = signals.person_id
            and signals.start_date between episodes.start_date and episodes.end_date
    where signals.visit_occurrence_id is not null
)

select * from final
