with units as (
    select * from {{ staged_once('T_MCOaaUM') }}
),

stays as (
    select
        _row_id, _source_year, ETA_NUM, RSA_NUM, excluded_by, excluded_by is null as is_visit
    from {{ ref('int_mco_stay__classified') }}
    where not is_superseded
),

final as (
    select
        'T_MCOaaUM' as source_table,
        units._source_year,
        units._row_id,
        case when stays.is_visit then 'event' else 'excluded' end as disposition,
        case when stays._row_id is null then 'R31' else stays.excluded_by end as rule_id,
        units._row_id as carrier_row_id
    from units
    left join stays on {{ stay_join('units', 'stays') }}
)

select * from final
