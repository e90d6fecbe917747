-- A person, a day, a kind of visit, somebody or somewhere seen: one visit, however many lines.
with acts as (
    select * from {{ ref('int_dcir_act__netted') }}
    where outcome = 'event'
),

grouped as (
    select
        person_id,
        care_date,
        visit_concept_id,
        performer,
        min(carrier_row_id) as _row_id
    from acts
    group by person_id, care_date, visit_concept_id, performer
),

lines as (
    select * from {{ ref('int_dcir_line__classified') }}
),

final as (
    select
        grouped._row_id,
        {{ cdm_id('grouped._row_id') }} as visit_occurrence_id,
        grouped.person_id,
        grouped.care_date,
        grouped.visit_concept_id,
        grouped.performer,
        lines.PRS_NAT_REF,
        lines.PFS_EXE_NUM,
        lines.ETB_EXE_FIN
    from grouped
    inner join lines on grouped._row_id = lines._row_id
)

select * from final
