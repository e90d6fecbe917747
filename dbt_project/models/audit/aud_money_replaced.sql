{{ config(alias='money_replaced') }}
-- Hospital bills that R22b excludes, against what was paid on the DCIR lines that replace them: a
-- bill replaced by much less is money lost.
with bills as (
    select
        field,
        _source_year,
        finess,
        stay_number,
        sum(coalesce(paid_by_insurance, 0) + coalesce(paid_by_others, 0)) as amount
    from {{ ref('int_hospital_money__classified') }}
    where excluded_by = 'R22b' and not is_superseded
    group by field, _source_year, finess, stay_number
),

stays as (
    select * from {{ ref('int_hospital_stay__unioned') }}
),

payments as (
    select line_row_id, sum(ARO_REM_MNT) as amount
    from {{ ref('int_dcir_payment__classified') }}
    where excluded_by is null and not is_superseded
    group by line_row_id
),

lines as (
    select
        placed.visit_occurrence_id,
        sum(classified.compulsory_share + coalesce(payments.amount, 0)) as amount
    from {{ ref('int_private_line__placed') }} as placed
    inner join {{ ref('int_dcir_line__classified') }} as classified
        on placed._row_id = classified._row_id
    left join payments on placed._row_id = payments.line_row_id
    group by placed.visit_occurrence_id
),

compared as (
    select
        bills.field,
        bills._source_year,
        bills.amount,
        coalesce(lines.amount, 0) as dcir_amount
    from bills
    inner join stays on {{ hospital_stay_join('bills', 'stays') }}
    left join lines on stays.visit_occurrence_id = lines.visit_occurrence_id
),

final as (
    select
        field,
        _source_year as source_year,
        count(*) as n_stays,
        cast(sum(case when dcir_amount < amount / 2 then 1 else 0 end) as bigint) as n_stays_short,
        cast(sum(amount) as decimal(38, 2)) as amount_replaced,
        cast(sum(dcir_amount) as decimal(38, 2)) as amount_replacing
    from compared
    group by field, _source_year
)

select * from final
