with associated as (
    select * from {{ staged_once('T_MCOaaD') }}
),

stays as (
    select
        _row_id, _source_year, ETA_NUM, RSA_NUM, excluded_by, excluded_by is null as is_visit
    from {{ ref('int_mco_stay__classified') }}
    where not is_superseded
),

diagnoses as (
    select * from {{ ref('int_mco_diagnosis__ranked') }}
    where diagnosis_role = 'DAS'
),

final as (
    select
        'T_MCOaaD' as source_table,
        associated._source_year,
        associated._row_id,
        case
            when stays.is_visit and diagnoses.is_kept then 'event'
            when stays.is_visit and diagnoses._row_id is not null then 'merged'
            else 'excluded'
        end as disposition,
        case
            when stays._row_id is null then 'R31'
            when stays.excluded_by is not null then stays.excluded_by
            when diagnoses._row_id is null then 'R32'
        end as rule_id,
        diagnoses.carrier_row_id
    from associated
    left join stays on {{ stay_join('associated', 'stays') }}
    left join diagnoses on associated._row_id = diagnoses._row_id
)

select * from final
