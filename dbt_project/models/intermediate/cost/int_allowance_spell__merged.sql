-- R53: periods of one person and risk, full or part time, that touch or overlap are one spell. Its
-- days are those paid (PRS_ACT_NBR) of all its lines, corrections included; where none are fed, or
-- their sum is 0 though money is left, those stated (PRS_ACT_QTE), once a period; else the dates.
{% set spell_key = ['person_id', 'risk', 'is_part_time'] -%}
with periods as (
    select * from {{ ref('int_allowance_period__netted') }}
),

lines as (
    select * from {{ ref('int_allowance_line__classified') }}
),

counted as (
    select
        *,
        coalesce(
            nullif(days_stated, 0), {{ days_between('care_date', 'end_date') }} + 1
        ) as own_days
    from periods
),

followed as (
    select
        *,
        max(end_date) over (
            partition by {{ spell_key | join(', ') }}
            order by care_date, end_date
            rows between unbounded preceding and 1 preceding
        ) as paid_until
    from counted
),

numbered as (
    select
        *,
        sum(case when care_date <= {{ add_days('paid_until', 1) }} then 0 else 1 end) over (
            partition by {{ spell_key | join(', ') }}
            order by care_date, end_date
            rows between unbounded preceding and current row
        ) as spell
    from followed
),

spells as (
    select
        {{ spell_key | join(', ') }},
        spell,
        {{ value_at_min('_row_id', "cast(care_date as string) || PRS_NAT_REF") }} as _row_id,
        {{ value_at_min('PRS_NAT_REF', "cast(care_date as string) || PRS_NAT_REF") }}
            as PRS_NAT_REF,
        min(care_date) as start_date,
        max(end_date) as end_date,
        sum(case when not has_days_paid then own_days end) as days_not_fed,
        sum(own_days) as days_stated,
        count(nullif(days_stated, 0)) > 0 as has_days_stated
    from numbered
    group by {{ spell_key | join(', ') }}, spell
),

-- what is left of the days paid, once all corrections within the spell are counted
paid as (
    select
        spells.person_id,
        spells.risk,
        spells.is_part_time,
        spells.spell,
        sum(lines.days_paid) as days_paid
    from spells
    inner join lines
        on
            spells.person_id = lines.person_id
            and spells.risk = lines.risk
            and spells.is_part_time = lines.is_part_time
            and lines.care_date between spells.start_date and spells.end_date
    group by spells.person_id, spells.risk, spells.is_part_time, spells.spell
),

final as (
    select
        spells._row_id,
        {{ cdm_id('spells._row_id') }} as observation_id,
        spells.person_id,
        spells.risk,
        spells.is_part_time,
        spells.PRS_NAT_REF,
        spells.start_date,
        spells.end_date,
        case
            when paid.days_paid > 0 then paid.days_paid + coalesce(spells.days_not_fed, 0)
            else spells.days_stated
        end as days,
        case
            when paid.days_paid > 0 then 'PRS_ACT_NBR'
            when spells.has_days_stated then 'PRS_ACT_QTE'
            else 'dates'
        end as days_from
    from spells
    left join paid
        on
            spells.person_id = paid.person_id
            and spells.risk = paid.risk
            and spells.is_part_time = paid.is_part_time
            and spells.spell = paid.spell
)

select * from final
