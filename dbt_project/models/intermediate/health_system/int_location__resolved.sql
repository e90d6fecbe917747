-- One location per commune, or department where no commune is known; it carries the id of the first
-- row of IR_BEN_R, else BE_IDE_R, that names it.
with persons as (
    select * from {{ ref('int_person__identified') }}
),

care_sites as (
    select * from {{ ref('int_care_site__resolved') }}
),

places as (
    select place, residence_row_id as _row_id from persons
    union all
    select place, place_row_id from care_sites
),

final as (
    select
        place,
        {{ cdm_id('min(_row_id)') }} as location_id,
        {{ department_of('place') }} as department
    from places
    where place is not null
    group by place
)

select * from final
