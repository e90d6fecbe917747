-- One visit per person, day, kind of visit, and professional or establishment, however many lines.
-- Where its lines name several establishments with one professional, or several natures of act,
-- the first in order is kept: the order of lines in a file must not matter.
with acts as (
    select * from {{ ref('int_dcir_act__netted') }}
),

grouped as (
    select
        person_id,
        care_date,
        visit_concept_id,
        performer,
        min(case when outcome = 'event' then carrier_row_id end) as _row_id,
        min(case when outcome = 'event' then PFS_EXE_NUM end) as PFS_EXE_NUM,
        min(case when outcome = 'event' then ETB_EXE_FIN end) as ETB_EXE_FIN,
        min(case when outcome = 'event' then PRS_NAT_REF end) as PRS_NAT_REF,
        count(*) as n_acts
    from acts
    group by person_id, care_date, visit_concept_id, performer
),

final as (
    select
        _row_id,
        {{ cdm_id('_row_id') }} as visit_occurrence_id,
        person_id,
        care_date,
        visit_concept_id,
        performer,
        PRS_NAT_REF,
        PFS_EXE_NUM,
        ETB_EXE_FIN,
        n_acts
    from grouped
    where _row_id is not null
)

select * from final
