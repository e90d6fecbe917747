-- Rows of hospital tables that a later file of the same year replaces. Those of money are listed
-- with the others.
with superseded as (
    select * from {{ ref('int_hospital_row__superseded') }}
),

money as (
    select * from {{ ref('int_hospital_money__unioned') }}
    where not is_care
),

final as (
    select
        superseded.source_table,
        superseded._source_year,
        superseded._row_id,
        'superseded' as disposition,
        'R13' as rule_id,
        cast(null as bigint) as carrier_row_id
    from superseded
    left join money on superseded._row_id = money._row_id
    where money._row_id is null
)

select * from final
