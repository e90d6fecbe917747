{{ config(materialized='view') }}
-- The last rule: care after the death of its person, wherever that death is known from (R11b).
-- Deaths are ranked from the rows that every other rule kept, so this one cannot stand with them.
with screened as (
    select * from {{ ref('int_external_bill__screened') }}
),

deaths as (
    select person_id, death_date from {{ ref('int_death__ranked') }}
),

joined as (
    select screened.*, deaths.death_date
    from screened
    left join deaths on screened.person_id = deaths.person_id
),

final as (
    select
        {{ all_but('joined', 'excluded_by') }},
        coalesce(
            joined.excluded_by, {{ first_rule([r11b_after_death('joined')]) }}
        ) as excluded_by
    from joined
)

select * from final
