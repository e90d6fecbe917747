-- R20 again, for products and acts: one row per business key, whatever the number of lines.
with details as (
    select * from {{ ref('int_dcir_detail__classified') }}
    where excluded_by is null and not is_superseded
),

final as (
    select
        source_table,
        person_id,
        care_date,
        source_vocabulary,
        source_code,
        part,
        professionals,
        min(modifier) as modifier,
        min(lot_number) as lot_number,
        {{ netting('quantity', '_row_id') }}
    from details
    group by
        source_table, person_id, care_date, source_vocabulary, source_code, part, professionals
)

select * from final
