-- One linkage row per stay; a stay delivered twice keeps its last row.
with linkages as (
    select * from {{ ref('stg_mco__t_mcoaac') }}
),

kept as (
    {{ kept_rows('linkages', ['_source_year', 'ETA_NUM', 'RSA_NUM'], [
        'EXE_SOI_DTD', 'EXE_SOI_DTF', 'ENT_DAT', 'SOR_DAT', 'NIR_ANO_17',
    ] + stay_return_codes()) }}
),

final as (
    select linkages.*
    from linkages
    inner join kept on linkages._row_id = kept._row_id
)

select * from final
