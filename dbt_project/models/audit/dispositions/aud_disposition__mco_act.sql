with acts as (
    select * from {{ staged_once('T_MCOaaA') }}
),

stays as (
    select
        _row_id, _source_year, ETA_NUM, RSA_NUM, excluded_by, excluded_by is null as is_visit
    from {{ ref('int_mco_stay__classified') }}
    where not is_superseded
),

dated_acts as (
    select _row_id, excluded_by, excluded_by is null as is_performed
    from {{ ref('int_mco_act__dated') }}
),

final as (
    select
        'T_MCOaaA' as source_table,
        acts._source_year,
        acts._row_id,
        case
            when stays.is_visit and dated_acts.is_performed then 'event' else 'excluded'
        end as disposition,
        case
            when stays._row_id is null then 'R31'
            when stays.excluded_by is not null then stays.excluded_by
            when dated_acts._row_id is null then 'R32'
            else dated_acts.excluded_by
        end as rule_id,
        acts._row_id as carrier_row_id
    from acts
    left join stays on {{ stay_join('acts', 'stays') }}
    left join dated_acts on acts._row_id = dated_acts._row_id
)

select * from final
