-- The unit of an act, dose or device of an acute stay that names none: the one unit that its day
-- lies in. A day when one unit ends and another begins names none of them, nor does a day that the
-- row does not state, nor do units whose order or length is unknown; the only one of a stay does.
with units as (
    select * from {{ ref('int_mco_unit__placed') }}
),

stays as (
    select
        visit_occurrence_id,
        count(*) = 1 as has_one_unit,
        count(distinct {{ to_integer('RUM_ORD_NUM') }}) = count(*)
        and count(PAR_DUR_SEJ) = count(*) as are_units_dated
    from units
    group by visit_occurrence_id
),

events as (
    select _row_id, visit_occurrence_id, act_date as event_date, is_day_stated
    from {{ ref('int_mco_act__dated') }}
    where unit_id is null and excluded_by is null
    union all
    select _row_id, visit_occurrence_id, start_date, is_day_stated
    from {{ ref('int_hospital_product__classified') }}
    where field = 'MCO' and excluded_by is null
),

final as (
    select events._row_id, min(units.visit_detail_id) as visit_detail_id
    from events
    inner join stays on events.visit_occurrence_id = stays.visit_occurrence_id
    inner join units
        on
            events.visit_occurrence_id = units.visit_occurrence_id
            and events.event_date between units.start_date and units.end_date
    where stays.has_one_unit or (stays.are_units_dated and events.is_day_stated)
    group by events._row_id
    having min(units.visit_detail_id) = max(units.visit_detail_id)
)

select * from final
