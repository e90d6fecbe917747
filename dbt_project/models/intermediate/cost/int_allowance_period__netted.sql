-- R53: the periods for which days off work are still paid once corrections are netted (R20). Two
-- employers pay the same period: their quantities are one. A correction may change the quantity.
with by_quantity as (
    select
        person_id,
        risk,
        is_part_time,
        care_date,
        end_date,
        days_stated,
        sum(sign) as n_lines,
        sum(amount) as amount,
        count(days_paid) as n_with_days_paid,
        sum(days_paid) as days_paid,
        min(_row_id) filter (where sign > 0) as _row_id,
        min(PRS_NAT_REF) filter (where sign > 0) as PRS_NAT_REF
    from {{ ref('int_allowance_line__classified') }}
    group by person_id, risk, is_part_time, care_date, end_date, days_stated
),

final as (
    select
        person_id,
        risk,
        is_part_time,
        care_date,
        end_date,
        sum(n_with_days_paid) > 0 as has_days_paid,
        coalesce(sum(days_paid), 0) as days_paid,
        max(case when n_lines > 0 then days_stated end) as days_stated,
        min(_row_id) as _row_id,
        min(PRS_NAT_REF) as PRS_NAT_REF
    from by_quantity
    group by person_id, risk, is_part_time, care_date, end_date
    having sum(amount) > 0 and min(_row_id) is not null
)

select * from final
