{{ config(**by_flux()) }}
with details as (
    select details.* from {{ ref('int_dcir_detail__unioned') }} as details
    where {{ in_flux_batch('details') }}
),

repeated as (
    select repeated.* from {{ ref('int_dcir_detail__repeated').render() }} as repeated
    where {{ in_flux_batch('repeated') }}
),

lots as (
    select classified.detail_row_id, min(classified.LOT_PHA_NUM) as lot_number
    from {{ ref('int_dcir_lot__classified').render() }} as classified
    where not classified.is_superseded and {{ in_flux_batch('classified') }}
    group by classified.detail_row_id
),

lines as (
    select classified.* from {{ ref('int_dcir_line__classified').render() }} as classified
    where not classified.is_superseded and {{ in_flux_batch('classified') }}
),

joined as (
    select
        details._row_id,
        details._source_year,
        details.FLX_DIS_DTD,
        details.source_table,
        details.source_vocabulary,
        details.source_code,
        details.part,
        details.modifier,
        details.is_part_of_act,
        details.is_service,
        details.rented_until,
        lots.lot_number,
        -- R20: UCD and CCAM have no sign of their own, the others repeat it
        case
            when lines.PRS_ACT_QTE < 0 then -abs(coalesce(details.quantity, 1))
            when lines.PRS_ACT_QTE = 0 and details.source_table = 'ER_CAM_F' then 0
            else coalesce(details.quantity, 1)
        end as quantity,
        coalesce(details._row_id < repeated.first_kept_row_id, false) as is_superseded,
        lines._row_id as line_row_id,
        -- R26: drugs paid in addition to a private stay are taken from here, not from T_MCOaaFH
        case
            when not (details.is_paid_in_addition and coalesce(lines.excluded_by, '') = 'R18')
                then lines.excluded_by
        end as line_excluded_by,
        lines.person_id,
        lines.care_date,
        lines.visit_concept_id,
        lines.performer,
        lines.PFS_EXE_NUM,
        lines.PFS_PRE_NUM
    from details
    left join lots on details._row_id = lots.detail_row_id
    left join lines on {{ nine_key_join('details', 'lines') }}
    left join repeated
        on
            details.source_table = repeated.source_table
            and {{ nine_key_join('details', 'repeated') }}
            and details.detail_number is not distinct from repeated.detail_number
            and details.source_code is not distinct from repeated.source_code
            and details.part = repeated.part
            and details.quantity is not distinct from repeated.quantity
),

final as (
    select
        joined.*,
        coalesce(joined.PFS_EXE_NUM, joined.performer, '')
        || '/' || coalesce(joined.PFS_PRE_NUM, '')
            as professionals,
        coalesce(
            joined.line_excluded_by,
            {{ first_rule([
                r15_orphan_detail('joined'),
                r25_no_product('joined'),
                r25b_device_service('joined'),
                r21_part_of_act('joined'),
            ]) }}
        ) as excluded_by
    from joined
)

select * from final
