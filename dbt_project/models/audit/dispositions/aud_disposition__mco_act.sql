-- Acts that were dated carry their own disposition; only the others are joined to their stay, so
-- that no two large tables are joined.
with acts as (
    select * from {{ staged_once('T_MCOaaA') }}
),

stays as (
    select _source_year, ETA_NUM, RSA_NUM, excluded_by
    from {{ ref('int_mco_stay__classified') }}
    where not is_superseded
),

undated as (
    select
        acts._source_year,
        acts._row_id,
        case
            when stays._source_year is null then 'R31'
            else coalesce(stays.excluded_by, 'R32')
        end as rule_id
    from acts
    left join stays on {{ stay_join('acts', 'stays') }}
    where
        stays._source_year is null
        or stays.excluded_by is not null
        or acts.CDC_ACT is null
),

final as (
    select
        'T_MCOaaA' as source_table,
        _source_year,
        _row_id,
        case when excluded_by is null then 'event' else 'excluded' end as disposition,
        excluded_by as rule_id,
        _row_id as carrier_row_id
    from {{ ref('int_mco_act__dated') }}
    union all
    select 'T_MCOaaA', _source_year, _row_id, 'excluded', rule_id, _row_id
    from undated
)

select * from final
