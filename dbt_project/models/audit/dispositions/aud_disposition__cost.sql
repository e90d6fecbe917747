-- Rows that are nothing but money; lines of external care have their disposition with the care.
with payments as (
    select * from {{ ref('int_dcir_payment__classified') }}
),

money as (
    select * from {{ ref('int_hospital_money__classified') }}
    where not is_care
),

unioned as (
    select 'ER_ARO_F' as source_table, _source_year, _row_id, is_superseded, excluded_by
    from payments
    union all
    select source_table, _source_year, _row_id, is_superseded, excluded_by
    from money
),

final as (
    select
        source_table,
        _source_year,
        _row_id,
        case
            when is_superseded then 'superseded'
            when excluded_by is not null then 'excluded'
            else 'event'
        end as disposition,
        case when is_superseded then 'R13' else excluded_by end as rule_id,
        _row_id as carrier_row_id
    from unioned
)

select * from final
