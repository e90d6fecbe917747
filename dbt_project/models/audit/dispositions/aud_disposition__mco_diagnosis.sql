-- Diagnoses that were ranked carry their own disposition; only the others are joined to their stay,
-- so that no two large tables are joined.
with associated as (
    select * from {{ staged_once('T_MCOaaD') }}
),

stays as (
    select _source_year, ETA_NUM, RSA_NUM, excluded_by
    from {{ ref('int_mco_stay__classified') }}
    where not is_superseded
),

-- a diagnosis whose procedure is that of an act
repeated as (
    select _row_id, min(act_row_id) as act_row_id
    from {{ ref('int_event__repeated') }}
    where is_whole
    group by _row_id
),

unranked as (
    select
        associated._source_year,
        associated._row_id,
        case
            when stays._source_year is null then 'R31'
            else coalesce(stays.excluded_by, 'R32')
        end as rule_id
    from associated
    left join stays on {{ stay_join('associated', 'stays') }}
    where
        stays._source_year is null
        or stays.excluded_by is not null
        or {{ icd10_code('associated.ASS_DGN') }} is null
),

final as (
    select
        'T_MCOaaD' as source_table,
        ranked._source_year,
        ranked._row_id,
        case when ranked.is_kept and repeated._row_id is null then 'event' else 'merged' end
            as disposition,
        cast(null as string) as rule_id,
        coalesce(repeated.act_row_id, ranked.carrier_row_id) as carrier_row_id
    from {{ ref('int_mco_diagnosis__ranked') }} as ranked
    left join repeated on ranked.carrier_row_id = repeated._row_id
    where ranked.diagnosis_role = 'DAS'
    union all
    select 'T_MCOaaD', _source_year, _row_id, 'excluded', rule_id, null
    from unranked
)

select * from final
