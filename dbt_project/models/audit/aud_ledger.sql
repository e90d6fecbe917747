{{ config(alias='ledger') }}
with dispositions as (
    select * from {{ ref('aud_disposition') }}
),

final as (
    select
        source_table,
        _source_year as source_year,
        disposition,
        rule_id,
        count(*) as n_rows
    from dispositions
    group by source_table, _source_year, disposition, rule_id
)

select * from final
