-- R20: a correction is the line, its negative and the new line. What remains of an act is the sum
-- of its signed quantities; a quantity that is absent counts as one.
with lines as (
    select classified.*
    from {{ ref('int_dcir_line__classified') }} as classified
    where
        classified.excluded_by is null
        and not classified.is_superseded
        and {{ no_visit('classified') }} is null
),

final as (
    select
        person_id,
        care_date,
        visit_concept_id,
        performer,
        PRS_NAT_REF,
        min(PFS_EXE_NUM) as PFS_EXE_NUM,
        min(ETB_EXE_FIN) as ETB_EXE_FIN,
        count(*) as n_lines,
        {{ netting('PRS_ACT_QTE', '_row_id') }}
    from lines
    group by person_id, care_date, visit_concept_id, performer, PRS_NAT_REF
)

select * from final
