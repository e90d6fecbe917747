with certificates as (
    select * from {{ ref('int_certificate__classified') }}
),

deaths as (
    select * from {{ ref('int_death__ranked') }}
),

final as (
    select
        'KI_CCI_R' as source_table,
        certificates._source_year,
        certificates._row_id,
        case
            when certificates.is_superseded then 'superseded'
            when certificates.excluded_by is not null then 'excluded'
            when deaths._row_id = certificates._row_id then 'event'
            else 'merged'
        end as disposition,
        case when certificates.is_superseded then 'R13' else certificates.excluded_by end as rule_id,
        deaths._row_id as carrier_row_id
    from certificates
    left join deaths on certificates.person_id = deaths.person_id
)

select * from final
