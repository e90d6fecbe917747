{{ config(alias='residence') }}
-- R44: IR_BEN_R knows the present address only; where a person lived when they had care stands on
-- the lines of ER_PRS_F. The CDM 5.4 has no place for it. Two stretches that overlap are a person
-- going back and forth. A line that is no event still says where its person lived, unless the
-- person, or the day, is not to be believed.
with lines as (
    select person_id, place, care_date
    from {{ ref('int_dcir_line__classified') }}
    where
        not is_superseded
        and person_id is not null
        and place is not null
        and care_date is not null
        and coalesce(excluded_by, '') not in ('R07', 'R11a', 'R11b', 'R46')
),

final as (
    select
        person_id,
        place as location_source_value,
        min(care_date) as first_date,
        max(care_date) as last_date
    from lines
    group by person_id, place
)

select * from final
