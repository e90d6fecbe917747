{{ config(alias='residence') }}
-- R44: IR_BEN_R knows the present address only; where a person lived when they had care stands on
-- the lines of ER_PRS_F. The CDM 5.4 has no place for it. Two stretches that overlap are a person
-- going back and forth. A line that is no event still shows where its person lived, unless the
-- person, or the day, is not credible.
with lines as (
    select
        surviving.person_id,
        surviving.place,
        surviving.care_date,
        surviving.excluded_by,
        deaths.death_date
    from {{ ref('int_dcir_line__surviving') }} as surviving
    left join {{ ref('int_death__ranked') }} as deaths on surviving.person_id = deaths.person_id
    where
        surviving.person_id is not null
        and surviving.place is not null
        and surviving.care_date is not null
),

final as (
    select
        person_id,
        place as location_source_value,
        min(care_date) as first_date,
        max(care_date) as last_date
    from lines
    where
        coalesce(excluded_by, '') not in ('R07', 'R11a', 'R46')
        and {{ first_rule([r11b_after_death('lines')]) }} is null
    group by person_id, place
)

select * from final
