-- IR_PHA_R writes what a pack holds as text: `200 DOSES`, `100 ML`. A mixed content (`3 pil + 5
-- sach`) gives no number, and then no dose: none is better than a false one.
with packs as (
    select
        PHA_CIP_C13,
        PHA_PRS_IDE,
        upper(trim(PHA_UNT_NBR_DSES)) as content,
        coalesce(nullif(try_cast(PHA_UPC_NBR as double), 0), 1) as pieces
    from {{ ref('stg_reference__ir_pha_r') }}
),

parsed as (
    select
        *,
        try_cast(
            replace(
                regexp_extract(content, '^([0-9]+([.,][0-9]+)?) ?(DOSES?|ML)$', 1), ',', '.'
            ) as double
        ) as amount,
        regexp_extract(content, '^([0-9]+([.,][0-9]+)?) ?(DOSES?|ML)$', 3) as unit
    from packs
),

coded as (
    select 'CIP13' as source_vocabulary, PHA_CIP_C13 as source_code, amount / pieces as amount, unit
    from parsed
    union all
    select 'CIP7', PHA_PRS_IDE, amount / pieces, unit
    from parsed
),

-- the content of a code shared by packs of different content is unknown
final as (
    select
        source_vocabulary,
        source_code,
        min(case when unit like 'DOSE%' then amount end) as doses,
        min(case when unit = 'ML' then amount end) as volume
    from coded
    where source_code is not null and amount > 0
    group by source_vocabulary, source_code
    having count(distinct cast(amount as string) || unit) = 1
)

select * from final
