-- N01: a flux month that DCIR holds is not read again from the simplified datamart.
with lines as (
    select * from {{ ref('stg_dcir__er_prs_f') }}
),

final as (
    select distinct FLX_DIS_DTD
    from lines
)

select * from final
