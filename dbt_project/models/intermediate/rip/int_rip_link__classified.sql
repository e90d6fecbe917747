-- T_RIPaaCSTC: who a patient number of a hospital is, for ambulatory care since 2020. It has no
-- date.
{% set codes = ['NIR_RET', 'NAI_RET', 'SEX_RET', 'COH_NAI_RET', 'COH_SEX_RET'] -%}
with links as (
    select * from {{ ref('stg_rip__t_ripaacstc') }}
),

psa as (
    select * from {{ ref('int_psa__bridged') }}
),

joined as (
    select
        links.*,
        psa.n_persons,
        psa.excluded_by as psa_excluded_by,
        psa.person_id,
        psa.other_person_id
    from links
    left join psa on links.NIR_ANO_17 = psa.BEN_NIR_PSA
),

final as (
    select
        joined._row_id,
        joined._source_year,
        joined.ETA_NUM_EPMSI as finess,
        joined.IPP_IRR_CRY,
        joined.person_id,
        joined.other_person_id,
        {{ first_rule([
            r09_invalid_linkage('joined', codes),
            r06_unknown_psa('joined'),
            r46_psa_of_contradictory_key('joined'),
            r07_psa_of_no_real_person('joined'),
            r08_ambiguous_psa('joined'),
        ]) }} as excluded_by
    from joined
)

select * from final
