{{ config(**by_flux()) }}
-- Lines of ER_PRS_F delivered more than once under the same nine keys (archived months read twice,
-- a flux delivered again: R13). The last one delivered is kept; normally this table is empty.
with lines as (
    select lines.* from {{ ref('int_dcir_line__unioned') }} as lines
    where {{ in_flux_batch('lines') }}
),

final as (
    select
        {%- for key in nine_keys() %}
        {{ key }},
        {%- endfor %}
        max(_row_id) as kept_row_id
    from lines
    group by {{ nine_keys() | join(', ') }}
    having count(*) > 1
)

select * from final
