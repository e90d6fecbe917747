{{ config(**by_flux()) }}
-- Detail lines delivered more than once (R13); the last one delivered is kept. Lines without a
-- number may be alike and true within a file: of those, the ones of the last file are kept.
with details as (
    select details.* from {{ ref('int_dcir_detail__unioned') }} as details
    where {{ in_flux_batch('details') }}
),

final as (
    select
        source_table,
        {%- for key in nine_keys() %}
        {{ key }},
        {%- endfor %}
        detail_number,
        source_code,
        part,
        quantity,
        {{ first_kept_row_id('_row_id', 'detail_number') }} as first_kept_row_id
    from details
    group by
        source_table,
        {%- for key in nine_keys() %}
        {{ key }},
        {%- endfor %}
        detail_number,
        source_code,
        part,
        quantity
    having count(*) > 1
)

select * from final
