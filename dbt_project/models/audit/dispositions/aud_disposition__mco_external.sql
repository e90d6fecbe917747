-- Bills and lines of external care, and what is billed in addition to the tariff.
with bills as (
    select * from {{ ref('int_external_bill__classified') }}
),

visits as (
    select * from {{ ref('int_external_visit__grouped') }}
),

lines as (
    select * from {{ ref('int_external_line__classified') }}
),

-- where no table holds what was paid, the line of the bill is a cost
costs as (
    select _row_id from {{ ref('int_hospital_money__classified') }}
    where is_care and excluded_by is null and not is_superseded
),

line_visits as (
    select
        lines.*,
        visits._row_id as visit_row_id,
        lines.source_vocabulary is not null or costs._row_id is not null as is_event
    from lines
    left join costs on lines._row_id = costs._row_id
    left join visits
        on
            lines.excluded_by is null
            and lines.field = visits.field
            and lines.person_id = visits.person_id
            and lines.finess = visits.finess
            and lines.care_date = visits.care_date
            and lines.apart = visits.apart
),

products as (
    select * from {{ ref('int_hospital_product__classified') }}
),

final as (
    select
        bills.source_table,
        bills._source_year,
        bills._row_id,
        case
            when bills.is_superseded then 'superseded'
            when bills.excluded_by is not null then 'excluded'
            when visits._row_id = bills._row_id then 'event'
            else 'merged'
        end as disposition,
        case when bills.is_superseded then 'R13' else bills.excluded_by end as rule_id,
        visits._row_id as carrier_row_id
    from bills
    left join visits
        on
            bills.excluded_by is null
            and not bills.is_superseded
            and bills.field = visits.field
            and bills.person_id = visits.person_id
            and bills.finess = visits.finess
            and bills.care_date = visits.care_date
            and bills.apart = visits.apart
    union all
    select
        source_table,
        _source_year,
        _row_id,
        case
            when excluded_by is not null then 'excluded'
            when is_event then 'event'
            else 'merged'
        end,
        excluded_by,
        case when is_event then _row_id else visit_row_id end
    from line_visits
    union all
    select
        source_table,
        _source_year,
        _row_id,
        case when excluded_by is not null then 'excluded' else 'event' end,
        excluded_by,
        _row_id
    from products
    where slot = 0
)

select * from final
