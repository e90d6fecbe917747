with tops as (
    select * from {{ ref('int_cartography__classified') }}
),

final as (
    select
        'CT_IND' as source_table,
        _source_year,
        _row_id,
        case
            when is_replaced then 'superseded'
            when excluded_by is not null then 'excluded'
            when is_superseded then 'superseded'
            else 'event'
        end as disposition,
        case
            when is_replaced then 'R54'
            when excluded_by is not null then excluded_by
            when is_superseded then 'R13'
        end as rule_id,
        _row_id as carrier_row_id
    from tops
)

select * from final
