{{ config(**by_flux()) }}
-- Detail lines delivered more than once (R13); the last one delivered is kept. Lines without a
-- number may be alike and true within a file: of those, the ones of the last file are kept.
with details as (
    select details.* from {{ ref('int_dcir_detail__unioned') }} as details
    where {{ in_flux_batch('details') }}
),

repeated as (
    select
        source_table,
        {%- for key in nine_keys() %}
        {{ key }},
        {%- endfor %}
        detail_number,
        source_code,
        part,
        quantity,
        max(_row_id) as last_row_id
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
),

blocks as (
    select * from {{ ref('stg_manifest__blocks') }}
),

final as (
    select
        repeated.source_table,
        {%- for key in nine_keys() %}
        repeated.{{ key }},
        {%- endfor %}
        repeated.detail_number,
        repeated.source_code,
        repeated.part,
        repeated.quantity,
        case
            when repeated.detail_number is not null then repeated.last_row_id
            else blocks.first_row_id
        end as first_kept_row_id
    from repeated
    left join blocks on {{ block_of_row_id('repeated.last_row_id') }} = blocks.block
)

select * from final
