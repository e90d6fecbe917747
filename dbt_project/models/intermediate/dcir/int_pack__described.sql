-- R24: how many units a pack holds, when IR_PHA_R gives a plain number ("30", not "3 / 2ML"), and
-- whether it is a large pack, of about three months.
with packs as (
    select * from {{ ref('stg_reference__ir_pha_r') }}
),

counted as (
    select
        PHA_CIP_C13,
        PHA_PRS_IDE,
        coalesce({{ plain_number('PHA_UPC_NBR') }}, {{ plain_number('PHA_UNT_NBR_DSES') }})
            as units,
        -- the first is empty in some deliveries, the second in others
        coalesce(PHA_CND_TOP = 'GC' or PHA_GRD_CND in ('O', '1', 'GC'), false) as is_large
    from packs
),

named as (
    select 'CIP13' as source_vocabulary, PHA_CIP_C13 as source_code, units, is_large
    from counted
    union all
    select 'CIP7', PHA_PRS_IDE, units, is_large
    from counted
),

final as (
    select
        source_vocabulary,
        source_code,
        -- the size of a code that stands for packs of several sizes is unknown
        case when min(units) > 0 and min(units) = max(units) then min(units) end as units,
        bool_and(is_large) as is_large
    from named
    where source_code is not null
    group by source_vocabulary, source_code
)

select * from final
