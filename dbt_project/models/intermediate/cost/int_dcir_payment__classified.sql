{{ config(**by_flux()) }}
-- What others than compulsory insurance paid of a line (ER_ARO_F): complementary cover, State aid…
with payments as (
    select payments.* from {{ ref('stg_dcir__er_aro_f') }} as payments
    where {{ in_flux_batch('payments') }}
),

repeated as (
    select
        {%- for key in nine_keys() %}
        {{ key }},
        {%- endfor %}
        ARO_ORD_NUM,
        ARO_REM_TYP,
        ARO_REM_MNT,
        max(_row_id) as last_row_id
    from payments
    group by
        {%- for key in nine_keys() %}
        {{ key }},
        {%- endfor %}
        ARO_ORD_NUM,
        ARO_REM_TYP,
        ARO_REM_MNT
    having count(*) > 1
),

blocks as (
    select * from {{ ref('stg_manifest__blocks') }}
),

kept as (
    select
        repeated.*,
        case
            when repeated.ARO_ORD_NUM is not null then repeated.last_row_id
            else blocks.first_row_id
        end as first_kept_row_id
    from repeated
    left join blocks on {{ block_of_row_id('repeated.last_row_id') }} = blocks.block
),

lines as (
    select classified.* from {{ ref('int_dcir_line__classified').render() }} as classified
    where not classified.is_superseded and {{ in_flux_batch('classified') }}
),

joined as (
    select
        payments._row_id,
        payments._source_year,
        payments.FLX_DIS_DTD,
        payments.ARO_REM_TYP,
        payments.ARO_REM_MNT,
        coalesce(payments._row_id < kept.first_kept_row_id, false) as is_superseded,
        lines._row_id as line_row_id,
        case when not {{ keeps_cost('lines') }} then lines.excluded_by end as line_excluded_by
    from payments
    left join kept
        on
            {{ nine_key_join('payments', 'kept') }}
            and payments.ARO_ORD_NUM is not distinct from kept.ARO_ORD_NUM
            and payments.ARO_REM_TYP is not distinct from kept.ARO_REM_TYP
            and payments.ARO_REM_MNT is not distinct from kept.ARO_REM_MNT
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
