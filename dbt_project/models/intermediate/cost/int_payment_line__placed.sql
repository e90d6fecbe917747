-- R53: lines whose money has no other event, each with the payment it belongs to: the spell of its
-- daily allowances, else the payments of one person, day and nature. A payment of which nothing is
-- left, neither an act nor a cent, was taken back whole (R20): it is no observation and no cost.
with lines as (
    select classified.*
    from {{ ref('int_dcir_line__classified') }} as classified
    left join {{ ref('int_dcir_line__linked') }} as linked on classified._row_id = linked._row_id
    where {{ keeps_cost('classified') }} and linked._row_id is null
),

shares as (
    select * from {{ ref('int_dcir_line__shared') }}
),

allowances as (
    select * from {{ ref('int_allowance_line__classified') }}
),

spells as (
    select * from {{ ref('int_allowance_spell__merged') }}
),

in_spell as (
    select allowances._row_id, min(spells._row_id) as payment_row_id
    from allowances
    inner join spells
        on
            allowances.person_id = spells.person_id
            and allowances.risk = spells.risk
            and allowances.is_part_time = spells.is_part_time
            and allowances.care_date between spells.start_date and spells.end_date
    group by allowances._row_id
),

single as (
    select
        lines._row_id,
        lines.person_id,
        lines.care_date,
        lines.PRS_NAT_REF,
        lines.PRS_ACT_QTE,
        coalesce(lines.PRS_PAI_MNT, 0) as charge,
        coalesce(lines.compulsory_share, 0) as compulsory,
        coalesce(shares.amount, 0) as others
    from lines
    left join in_spell on lines._row_id = in_spell._row_id
    left join shares on lines._row_id = shares.line_row_id
    where in_spell._row_id is null
),

payments as (
    select
        person_id,
        care_date,
        PRS_NAT_REF,
        min(_row_id) as payment_row_id,
        sum(charge) = 0 and sum(compulsory) = 0 and sum(others) = 0
        and coalesce(sum(PRS_ACT_QTE), 0) <= 0
        and sum(case when least(PRS_ACT_QTE, charge, compulsory, others) < 0 then 1 else 0 end) > 0
            as is_taken_back
    from single
    group by person_id, care_date, PRS_NAT_REF
),

final as (
    select _row_id, payment_row_id, true as is_in_spell, false as is_taken_back
    from in_spell
    union all
    select single._row_id, payments.payment_row_id, false, payments.is_taken_back
    from single
    inner join payments
        on
            single.person_id = payments.person_id
            and single.care_date = payments.care_date
            and single.PRS_NAT_REF = payments.PRS_NAT_REF
)

select * from final
