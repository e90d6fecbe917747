{{ config(**by_flux()) }}
-- A batch number belongs to a dispensing: the line of ER_PHA_F with the same nine keys and number.
-- Until PHA_ORD_NUM came (after 2020) it belongs to all those of its nine keys.
with lots as (
    select lots.* from {{ ref('stg_dcir__er_lot_f') }} as lots
    where {{ in_flux_batch('lots') }}
),

kept as (
    select
        {%- for key in nine_keys() %}
        {{ key }},
        {%- endfor %}
        PHA_ORD_NUM,
        LOT_ORD_NUM,
        LOT_PHA_NUM,
        max(_row_id) as _row_id
    from lots
    group by
        {%- for key in nine_keys() %}
        {{ key }},
        {%- endfor %}
        PHA_ORD_NUM,
        LOT_ORD_NUM,
        LOT_PHA_NUM
),

dispensings as (
    select
        {%- for key in nine_keys() %}
        dispensed.{{ key }},
        {%- endfor %}
        lots.PHA_ORD_NUM,
        max(dispensed._row_id) as _row_id
    from {{ ref('stg_dcir__er_pha_f') }} as dispensed
    -- few dispensings have a batch number: the others need not be grouped
    inner join lots
        on
            {{ nine_key_join('dispensed', 'lots') }}
            and (lots.PHA_ORD_NUM is null or dispensed.PHA_ORD_NUM = lots.PHA_ORD_NUM)
    where {{ in_flux_batch('dispensed') }}
    group by
        {%- for key in nine_keys() %}
        dispensed.{{ key }},
        {%- endfor %}
        lots.PHA_ORD_NUM,
        dispensed.PHA_ORD_NUM,
        dispensed.PHA_PRS_C13,
        dispensed.PHA_PRS_IDE
),

final as (
    select
        lots._row_id,
        lots._source_year,
        lots.FLX_DIS_DTD,
        lots.LOT_PHA_NUM,
        kept._row_id is null as is_superseded,
        dispensings._row_id as detail_row_id
    from lots
    left join kept on lots._row_id = kept._row_id
    left join dispensings
        on
            {{ nine_key_join('lots', 'dispensings') }}
            and lots.PHA_ORD_NUM is not distinct from dispensings.PHA_ORD_NUM
)

select * from final
