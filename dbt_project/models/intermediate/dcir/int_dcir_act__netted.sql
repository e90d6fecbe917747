-- R20: a correction is the line, its negative and the new line. What remains of an act is the sum
-- of its signed quantities; a quantity that is absent counts as one.
with lines as (
    select * from {{ ref('int_dcir_line__classified') }}
    where
        excluded_by is null
        and not is_superseded
        and {{ first_rule([r23_no_event('int_dcir_line__classified')]) }} is null
),

final as (
    select
        person_id,
        care_date,
        visit_concept_id,
        performer,
        PRS_NAT_REF,
        {{ netting('PRS_ACT_QTE', '_row_id') }}
    from lines
    group by person_id, care_date, visit_concept_id, performer, PRS_NAT_REF
)

select * from final
