{{ config(alias='person_origin') }}
-- person_id is no row id: this table gives the source rows of a person and of a death.
with persons as (
    select * from {{ ref('int_person__identified') }}
),

deaths as (
    select * from {{ ref('int_death__ranked') }}
),

final as (
    select
        persons.person_id,
        persons._row_id,
        deaths._row_id as death_row_id,
        -- the day of such a death is the last of its month
        coalesce(deaths._row_id = persons._row_id and persons.is_death_month_only, false)
            as is_death_month_only
    from persons
    left join deaths on persons.person_id = deaths.person_id
)

select * from final
