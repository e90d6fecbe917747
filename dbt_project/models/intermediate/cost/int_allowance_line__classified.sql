-- R53: lines of DCIR that pay days off work, with the risk they are paid under, full or part time,
-- and the days they pay for. Reversals bear the days of what they take back.
with lines as (
    select classified.*
    from {{ ref('int_dcir_line__classified') }} as classified
    where {{ keeps_cost('classified') }}
),

natures as (
    select * from {{ ref('daily_allowances') }}
),

paid as (
    select
        lines._row_id,
        lines.person_id,
        lines.PRS_NAT_REF,
        lines.care_date,
        case lines.RGO_ASU_NAT
            when '10' then 'sickness'
            when '30' then 'maternity'
            when '40' then 'work accident'
            else natures.risk
        end as risk,
        natures.is_part_time = 'yes' as is_part_time,
        coalesce(
            case when lines.EXE_SOI_DTF >= lines.care_date then lines.EXE_SOI_DTF end,
            {{ add_days(
                'lines.care_date',
                narrowed("greatest(abs(coalesce(lines.PRS_ACT_QTE, 1)), 1)", "integer") ~ " - 1"
            ) }}
        ) as end_date,
        abs(coalesce(lines.PRS_ACT_QTE, 0)) as days_stated,
        lines.PRS_ACT_NBR as days_paid,
        case
            when coalesce(lines.compulsory_share, lines.PRS_ACT_QTE) < 0 then -1 else 1
        end as sign,
        coalesce(lines.compulsory_share, 0) as amount
    from lines
    inner join natures on lines.PRS_NAT_REF = natures.nature
),

final as (
    select * from paid
    where person_id is not null and care_date is not null
)

select * from final
