-- R24: how many units a pack holds, when IR_PHA_R says so with a plain number ("30", not "3 /
-- 2ML").
with packs as (
    select * from {{ ref('stg_reference__ir_pha_r') }}
),

counted as (
    select
        PHA_CIP_C13,
        PHA_PRS_IDE,
        coalesce({{ plain_number('PHA_UPC_NBR') }}, {{ plain_number('PHA_UNT_NBR_DSES') }}) as units
    from packs
),

named as (
    select 'CIP13' as source_vocabulary, PHA_CIP_C13 as source_code, units
    from counted
    union all
    select 'CIP7', PHA_PRS_IDE, units
    from counted
),

final as (
    select source_vocabulary, source_code, min(units) as units
    from named
    where source_code is not null and units > 0
    group by source_vocabulary, source_code
    -- a code that stands for packs of several sizes says nothing of either
    having min(units) = max(units)
)

select * from final
