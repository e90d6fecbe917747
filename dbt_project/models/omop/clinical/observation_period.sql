with periods as (
    select * from {{ ref('int_observation_period') }}
),

final as (
    select
        {{ cdm_id('_row_id', 'part') }} as observation_period_id,
        person_id,
        start_date as observation_period_start_date,
        end_date as observation_period_end_date,
        {{ concept('type_concept', 'IR_BEN') }} as period_type_concept_id
    from periods
)

select * from final
