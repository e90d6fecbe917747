-- What others than compulsory insurance paid of a line, all of them together (ER_ARO_F; the three
-- places of NS_PRS_F).
with payments as (
    select line_row_id, ARO_REM_MNT as amount
    from {{ ref('int_dcir_payment__classified') }}
    where excluded_by is null and not is_superseded
    union all
    select
        _row_id,
        coalesce(AR1_REM_MNT, 0) + coalesce(AR2_REM_MNT, 0) + coalesce(AR3_REM_MNT, 0)
    from {{ ref('stg_dcirs__ns_prs_f') }}
    where coalesce(AR1_REM_MNT, AR2_REM_MNT, AR3_REM_MNT) is not null
),

final as (
    select line_row_id, sum(amount) as amount
    from payments
    group by line_row_id
)

select * from final
