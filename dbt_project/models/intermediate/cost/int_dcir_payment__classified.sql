-- What others than compulsory insurance paid of a line (ER_ARO_F): complementary cover, State aid…
with payments as (
    select * from {{ ref('stg_dcir__er_aro_f') }}
),

kept as (
    select
        {%- for key in nine_keys() %}
        {{ key }},
        {%- endfor %}
        ARO_ORD_NUM,
        ARO_REM_TYP,
        ARO_REM_MNT,
        max(_row_id) as _row_id
    from payments
    group by
        {%- for key in nine_keys() %}
        {{ key }},
        {%- endfor %}
        ARO_ORD_NUM,
        ARO_REM_TYP,
        ARO_REM_MNT
),

lines as (
    select * from {{ ref('int_dcir_line__classified') }}
    where not is_superseded
),

joined as (
    select
        payments._row_id,
        payments._source_year,
        payments.ARO_REM_TYP,
        payments.ARO_REM_MNT,
        -- payments without a number cannot be told from one another: none is taken for a repetition
        kept._row_id is null and payments.ARO_ORD_NUM is not null as is_superseded,
        lines._row_id as line_row_id,
        case when not {{ keeps_cost('lines') }} then lines.excluded_by end as line_excluded_by
    from payments
    left join kept on payments._row_id = kept._row_id
    left join lines on {{ nine_key_join('payments', 'lines') }}
),

final as (
    select
        joined.*,
        coalesce(joined.line_excluded_by, {{ first_rule([r15_orphan_payment('joined')]) }})
            as excluded_by
    from joined
)

select * from final
