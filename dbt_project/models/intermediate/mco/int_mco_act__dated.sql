-- An act is dated by its delay from the start of the stay (R33).
with acts as (
    select * from {{ staged_once('T_MCOaaA') }}
),

stays as (
    select * from {{ ref('int_mco_stay__placed') }}
),

final as (
    select
        acts._row_id,
        acts._source_year,
        stays.person_id,
        stays.visit_occurrence_id,
        stays.end_date as stay_end_date,
        -- of a stay whose month alone is known, a delay counts from nothing
        case
            when stays.is_day_known
                then {{ add_days('stays.care_date', 'coalesce(acts.ENT_DAT_DEL, 0)') }}
            else stays.care_date
        end as act_date,
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
    where acts.CDC_ACT is not null
)

select * from final
