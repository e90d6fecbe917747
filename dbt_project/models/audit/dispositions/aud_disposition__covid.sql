with injections as (
    select * from {{ ref('int_covid_vaccination__classified') }}
),

tests as (
    select * from {{ ref('int_covid_test__classified') }}
),

unioned as (
    select 'IR_VAC_F' as source_table, _source_year, _row_id, is_superseded, excluded_by
    from injections
    union all
    select 'DE_DEP_F', _source_year, _row_id, is_superseded, excluded_by
    from tests
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
