-- An act is dated by its delay from the start of the stay (R33), else by its unit; never before the
-- stay, nor after it: the nearest day stands. The bill of one session may hold later ones. It is
-- linked to its unit (RUM_SEQ) when its day is one of it; `is_day_stated`: the day is that of its
-- delay, within the stay.
with acts as (
    select * from {{ staged_once('T_MCOaaA') }}
),

stays as (
    select * from {{ ref('int_mco_stay__placed') }}
),

units as (
    select
        _source_year,
        ETA_NUM,
        RSA_NUM,
        {{ to_integer('RUM_ORD_NUM') }} as unit_number,
        min(visit_detail_id) as visit_detail_id,
        min(start_date) as start_date,
        max(end_date) as end_date
    from {{ ref('int_mco_unit__placed') }}
    where RUM_ORD_NUM is not null
    group by _source_year, ETA_NUM, RSA_NUM, {{ to_integer('RUM_ORD_NUM') }}
    having count(*) = 1
),

dated as (
    select
        acts._row_id,
        acts._source_year,
        stays.person_id,
        stays.visit_occurrence_id,
        stays.end_date as stay_end_date,
        units.visit_detail_id as unit_id,
        units.start_date as unit_start_date,
        units.end_date as unit_end_date,
        -- of a stay whose month alone is known, a delay counts from nothing
        case
            when stays.is_day_known
                then least(
                        coalesce(
                            case
                                when acts.ENT_DAT_DEL is not null
                                    then greatest(
                                            {{ add_days('stays.care_date', 'acts.ENT_DAT_DEL') }},
                                            stays.care_date
                                        )
                            end,
                            units.start_date,
                            stays.care_date
                        ),
                        case when coalesce(stays.GRG_GHM, '') not like '28%' then stays.end_date end
                    )
            else stays.care_date
        end as act_date,
        {{ is_day_stated('stays', 'acts.ENT_DAT_DEL') }} as is_day_stated,
        substr(upper(acts.CDC_ACT), 1, 7) as source_code,
        acts.MOD_ACT as modifier,
        {{ first_rule([r21_part_of_act('acts')]) }} as excluded_by
    from (
        select
            acts.*,
            {{ part_of_act('acts.ACV_ACT', 'acts.PHA_ACT', 'acts.CDC_ACT') }} as is_part_of_act
        from acts
    ) as acts
    inner join stays on {{ stay_join('acts', 'stays') }}
    left join units
        on
            {{ stay_join('acts', 'units') }}
            and {{ to_integer('acts.RUM_SEQ') }} = units.unit_number
    where acts.CDC_ACT is not null
),

final as (
    select
        *,
        case when act_date between unit_start_date and unit_end_date then unit_id end
            as visit_detail_id
    from dated
)

select * from final
