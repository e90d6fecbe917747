with lines as (
    select * from {{ ref('int_dcir_line__classified') }}
),

placed as (
    select * from {{ ref('int_dcir_line__placed') }}
),

details as (
    select * from {{ ref('int_dcir_detail__classified') }}
),

-- the disposition of a batch is that of one of its dispensings
lots as (
    select _row_id, _source_year, is_superseded, max(detail_row_id) as detail_row_id
    from {{ ref('int_dcir_lot__classified') }}
    group by _row_id, _source_year, is_superseded
),

netted as (
    select * from {{ ref('int_dcir_detail__netted') }}
),

line_dispositions as (
    select
        lines.source_table,
        lines._source_year,
        lines._row_id,
        case
            when lines.is_superseded then 'superseded'
            when placed._row_id is null then 'excluded'
            else {{ netted_disposition('placed.outcome', 'placed.visit_row_id', 'lines._row_id') }}
        end as disposition,
        case
            when lines.is_superseded then 'R13'
            when placed._row_id is null then coalesce(lines.excluded_by, {{ no_visit('lines') }})
            when placed.outcome <> 'event' then 'R20'
        end as rule_id,
        case when placed.outcome = 'event' then placed.visit_row_id end as carrier_row_id
    from lines
    left join placed on lines._row_id = placed._row_id
),

detail_dispositions as (
    select
        details.source_table, details._source_year, details._row_id,
        case
            when details.is_superseded then 'superseded'
            when details.excluded_by is not null then 'excluded'
            else {{ netted_disposition(
                'netted.outcome', 'netted.carrier_row_id', 'details._row_id'
            ) }}
        end as disposition,
        case
            when details.is_superseded then 'R13'
            else coalesce(details.excluded_by, case when netted.outcome <> 'event' then 'R20' end)
        end as rule_id,
        netted.carrier_row_id
    from details
    left join netted
        on
            details.source_table = netted.source_table
            and details.person_id = netted.person_id
            and details.care_date = netted.care_date
            and details.source_vocabulary = netted.source_vocabulary
            and details.source_code = netted.source_code
            and details.part = netted.part
            and details.professionals = netted.professionals
            and details.excluded_by is null
            and not details.is_superseded
),

-- a batch number goes where its dispensing goes
lot_dispositions as (
    select
        'ER_LOT_F' as source_table,
        lots._source_year,
        lots._row_id,
        case
            when lots.is_superseded then 'superseded'
            when details.disposition = 'event' then 'merged'
            else coalesce(details.disposition, 'excluded')
        end as disposition,
        case
            when lots.is_superseded then 'R13'
            else coalesce(details.rule_id, case when details._row_id is null then 'R15' end)
        end as rule_id,
        details.carrier_row_id
    from lots
    left join detail_dispositions as details
        on details.source_table = 'ER_PHA_F' and lots.detail_row_id = details._row_id
),

final as (
    select * from line_dispositions
    union all
    select * from detail_dispositions
    union all
    select * from lot_dispositions
)

select * from final
