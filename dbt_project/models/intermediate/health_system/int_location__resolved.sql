-- One location per commune; it carries the id of the first IR_BEN_R row that names it.
with persons as (
    select * from {{ ref('int_person__identified') }}
),

final as (
    select
        commune,
        {{ cdm_id('min(residence_row_id)') }} as location_id,
        {{ department_of('commune') }} as department
    from persons
    where commune is not null
    group by commune
)

select * from final
