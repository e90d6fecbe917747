-- R24: how many units a pack holds, when IR_PHA_R gives a plain number ("30", not "3 / 2ML"),
-- whether it is a large pack, of about three months, and how many days it is used when a public
-- source gives that for its ATC class.
with packs as (
    select * from {{ ref('stg_reference__ir_pha_r') }}
),

lengths as (
    select * from {{ ref('drug_lengths') }}
    where '{{ var("drug_exposure_lengths") }}' = 'reviewed'
),

lengths_by_class as (
    select
        packs.PHA_ATC_CLA,
        {{ value_at_max('lengths.days', 'length(lengths.atc_prefix)') }} as length_days
    from packs
    inner join lengths
        on substr(packs.PHA_ATC_CLA, 1, length(lengths.atc_prefix)) = lengths.atc_prefix
    group by packs.PHA_ATC_CLA
),

counted as (
    select
        packs.PHA_CIP_C13,
        packs.PHA_PRS_IDE,
        coalesce(
            {{ plain_number('packs.PHA_UPC_NBR') }}, {{ plain_number('packs.PHA_UNT_NBR_DSES') }}
        ) as units,
        -- the first is empty in some deliveries, the second in others
        coalesce(
            packs.PHA_CND_TOP = 'GC' or packs.PHA_GRD_CND in ('O', '1', 'GC'), false
        ) as is_large,
        lengths_by_class.length_days
    from packs
    left join lengths_by_class on packs.PHA_ATC_CLA = lengths_by_class.PHA_ATC_CLA
),

named as (
    select
        'CIP13' as source_vocabulary, PHA_CIP_C13 as source_code, units, is_large, length_days
    from counted
    union all
    select 'CIP7', PHA_PRS_IDE, units, is_large, length_days
    from counted
),

final as (
    select
        source_vocabulary,
        source_code,
        -- the size of a code that stands for packs of several sizes is unknown
        case when min(units) > 0 and min(units) = max(units) then min(units) end as units,
        bool_and(is_large) as is_large,
        case
            when count(*) = count(length_days) and min(length_days) = max(length_days)
                then min(length_days)
        end as length_days
    from named
    where source_code is not null
    group by source_vocabulary, source_code
)

select * from final
