with stays as (
    select * from {{ ref('int_mco_stay__classified') }}
),

kept_stays as (
    select
        _row_id, _source_year, ETA_NUM, RSA_NUM, excluded_by, excluded_by is null as is_visit
    from {{ ref('int_mco_stay__classified') }}
    where not is_superseded
),

linkages as (
    select * from {{ ref('stg_mco__t_mcoaac') }}
),

kept_linkages as (
    select * from {{ ref('int_mco_linkage__keyed') }}
),

final as (
    select
        'T_MCOaaB' as source_table,
        _source_year,
        _row_id,
        case
            when is_superseded then 'superseded'
            when excluded_by is not null then 'excluded'
            else 'event'
        end as disposition,
        case when is_superseded then 'R13' else excluded_by end as rule_id,
        _row_id as carrier_row_id
    from stays
    union all
    select
        'T_MCOaaC',
        linkages._source_year,
        linkages._row_id,
        case
            when kept_linkages._row_id is null then 'superseded'
            when stays.is_visit then 'merged'
            else 'excluded'
        end,
        case
            when kept_linkages._row_id is null then 'R13'
            when stays._row_id is null then 'R31'
            else stays.excluded_by
        end,
        stays._row_id
    from linkages
    left join kept_linkages on linkages._row_id = kept_linkages._row_id
    left join kept_stays as stays on {{ stay_join('linkages', 'stays') }}
)

select * from final
