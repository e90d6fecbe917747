-- One location per commune, or department where no commune is known; it carries the id of the first
-- IR_BEN_R row that names it.
with persons as (
    select * from {{ ref('int_person__identified') }}
),

final as (
    select
        place,
        {{ cdm_id('min(residence_row_id)') }} as location_id,
        {{ department_of('place') }} as department
    from persons
    where place is not null
    group by place
)

select * from final
