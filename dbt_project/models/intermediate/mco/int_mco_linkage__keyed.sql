-- One linkage row per stay; a stay delivered twice keeps its last row.
with linkages as (
    select * from {{ ref('stg_mco__t_mcoaac') }}
),

kept as (
    select _source_year, ETA_NUM, RSA_NUM, max(_row_id) as _row_id
    from linkages
    group by _source_year, ETA_NUM, RSA_NUM
),

final as (
    select linkages.*
    from linkages
    inner join kept on linkages._row_id = kept._row_id
)

select * from final
