with certificates as (
    select * from {{ ref('int_certificate__classified') }}
),

deaths as (
    select * from {{ ref('int_death__ranked') }}
),

causes as (
    select * from {{ ref('int_death_cause__ranked') }}
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
        case
            when certificates.is_superseded then 'R13'
            else certificates.excluded_by
        end as rule_id,
        deaths._row_id as carrier_row_id
    from certificates
    left join deaths on certificates.person_id = deaths.person_id
    union all
    select
        'KI_ECD_R',
        _source_year,
        _row_id,
        case
            when is_superseded then 'superseded'
            when excluded_by is not null then 'excluded'
            when is_kept then 'event'
            else 'merged'
        end,
        case when is_superseded then 'R13' else excluded_by end,
        carrier_row_id
    from causes
)

select * from final
