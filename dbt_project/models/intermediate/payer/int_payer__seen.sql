with lines as (
    select * from {{ ref('int_dcir_line__surviving') }}
),

final as (
    select
        lines.person_id,
        lines.payer,
        min(lines._row_id) as _row_id,
        min(lines.care_date) as first_date,
        max(lines.care_date) as last_date,
        count(*) as n_lines
    from lines
    where {{ keeps_cost('lines') }} and lines.payer is not null
    group by lines.person_id, lines.payer
)

select * from final
