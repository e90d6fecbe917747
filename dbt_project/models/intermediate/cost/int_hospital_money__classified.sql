-- Which table gives what a hospital was paid for a stay, or a bill of external care: DCIR for the
-- private stays that it bills (R22b), else the best table of the hospital (R22c).
with money as (
    select * from {{ ref('int_hospital_money__unioned') }}
),

superseded as (
    select * from {{ ref('int_hospital_row__superseded') }}
),

kept as (
    select source_table, _source_year, finess, stay_number, part_key, max(_row_id) as _row_id
    from money
    where is_whole
    group by source_table, _source_year, finess, stay_number, part_key
),

best as (
    select field, side, _source_year, finess, stay_number, min(source_rank) as source_rank
    from money
    group by field, side, _source_year, finess, stay_number
),

billed as (
    select * from {{ ref('int_private_stay__billed') }}
),

stays as (
    select field, false as is_external, _row_id, _source_year, finess, stay_number, excluded_by, drg
    from {{ ref('int_hospital_stay__unioned') }}
    union all
    select
        field, true, _row_id, _source_year, finess, bill_number, excluded_by,
        cast(null as string)
    from {{ ref('int_external_bill__classified') }}
    where not is_superseded
),

parts as (
    select * from {{ ref('int_hospital_part__unioned') }}
),

-- a week has one summary for each unit: a refused one refuses the money only when all are
rule_of_parts as (
    select
        field,
        _source_year,
        finess,
        stay_number,
        part_key,
        case when count(*) = count(excluded_by) then min(excluded_by) end as rule_id
    from parts
    group by field, _source_year, finess, stay_number, part_key
),

joined as (
    select
        money.*,
        (money.is_whole and kept._row_id is null) or superseded._row_id is not null
            as is_superseded,
        money.source_rank > best.source_rank as has_better_source,
        billed.field is not null as is_billed_in_dcir,
        stays._row_id as stay_row_id,
        coalesce(stays.excluded_by, rule_of_parts.rule_id) as rule_of_stay,
        coalesce(money.drg, stays.drg) as drg_of_stay
    from money
    left join kept on money._row_id = kept._row_id
    left join superseded on money._row_id = superseded._row_id
    left join best on {{ hospital_stay_join('money', 'best') }} and money.side = best.side
    left join billed on {{ hospital_stay_join('money', 'billed') }} and money.side = 'private'
    left join stays
        on {{ hospital_stay_join('money', 'stays') }}
            and (money.side = 'external') = stays.is_external
    left join rule_of_parts on {{ hospital_part_join('money', 'rule_of_parts') }}
),

final as (
    select
        joined.*,
        {{ first_rule([
            inherited_rule('joined.rule_of_stay'),
            r31_no_stay('joined'),
            r22b_billed_in_dcir('joined'),
            r22c_better_source('joined'),
            r22a_not_valued('joined'),
        ]) }} as excluded_by
    from joined
)

select * from final
