{{ hospital_dispositions('RIP', ['T_RIPaaS'], ['T_RIPaaTP'], ['T_RIPaaRSAD']) }},

links as (
    select * from {{ ref('int_rip_link__classified') }}
),

ambulatory as (
    select * from {{ ref('int_rip_ambulatory__classified') }}
),

visits as (
    select * from {{ ref('int_rip_ambulatory__grouped') }}
),

ambulatory_diagnoses as (
    select * from {{ ref('int_rip_ambulatory_diagnosis__ranked') }}
),

with_ambulatory as (
    select * from final
    union all
    select
        'T_RIPaaCSTC',
        _source_year,
        _row_id,
        case when excluded_by is not null then 'excluded' else 'context' end,
        excluded_by,
        null
    from links
    union all
    select
        'T_RIPaaR3A',
        ambulatory._source_year,
        ambulatory._row_id,
        case
            when ambulatory.excluded_by is not null then 'excluded'
            -- it carries the visit, or a diagnosis of it
            when visits.visit_row_id = ambulatory._row_id or diagnoses.is_kept then 'event'
            else 'merged'
        end,
        ambulatory.excluded_by,
        visits.visit_row_id
    from ambulatory
    left join visits on ambulatory._row_id = visits._row_id
    left join ambulatory_diagnoses as diagnoses
        on ambulatory._row_id = diagnoses._row_id and diagnoses.source_table = 'T_RIPaaR3A'
    union all
    select
        source_table,
        _source_year,
        _row_id,
        case
            when excluded_by is not null then 'excluded'
            when is_kept then 'event'
            else 'merged'
        end,
        excluded_by,
        carrier_row_id
    from ambulatory_diagnoses
    where source_table = 'T_RIPaaR3AD'
)

select * from with_ambulatory
