-- Detail lines delivered more than once (R13); the last one delivered is kept.
with details as (
    select * from {{ ref('int_dcir_detail__unioned') }}
    where detail_number is not null
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
        max(_row_id) as kept_row_id
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
