-- What compulsory insurance pays a public hospital for a stay (T_MCOaaVALO).
with valued as (
    select * from {{ ref('stg_mco__t_mcoaavalo') }}
),

kept as (
    select _source_year, ETA_NUM, RSA_NUM, max(_row_id) as _row_id
    from valued
    group by _source_year, ETA_NUM, RSA_NUM
),

stays as (
    select * from {{ ref('int_mco_stay__classified') }}
    where not is_superseded
),

joined as (
    select
        valued._row_id,
        valued._source_year,
        valued.VALO,
        valued.MT_TOT_AM,
        valued.MT_TOT_BR,
        kept._row_id is null as is_superseded,
        stays._row_id as stay_row_id,
        stays.excluded_by as stay_excluded_by,
        stays.GRG_GHM
    from valued
    left join kept on valued._row_id = kept._row_id
    left join stays on {{ stay_join('valued', 'stays') }}
),

final as (
    select
        joined.*,
        coalesce(
            joined.stay_excluded_by,
            {{ first_rule([r31_no_stay('joined'), r22a_not_valued('joined')]) }}
        ) as excluded_by
    from joined
)

select * from final
