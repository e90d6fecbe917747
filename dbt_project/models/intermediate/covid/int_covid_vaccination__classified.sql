-- IR_VAC_F knows the pseudonym of the right without its rank, as PMSI does: twins are ambiguous
-- (R08).
with injections as (
    select
        *,
        coalesce(EXE_SOI_DTD, {{ month_start('EXE_SOI_AMD') }}) as care_date,
        nullif(PHA_PRS_C13, '0000000000000') as pack
    from {{ ref('stg_covid__ir_vac_f') }}
),

kept as (
    select BEN_NIR_PSA, care_date, BEN_STA_VAC, INJ_VAC_NOM, pack, max(_row_id) as _row_id
    from injections
    group by BEN_NIR_PSA, care_date, BEN_STA_VAC, INJ_VAC_NOM, pack
),

psa as (
    select * from {{ ref('int_psa__bridged') }}
),

persons as (
    select * from {{ ref('int_person__identified') }}
),

joined as (
    select
        injections._row_id,
        injections._source_year,
        kept._row_id is null as is_superseded,
        injections.care_date,
        -- the name of the vaccine stands for a code when no pack is told
        case when injections.pack is not null then 'CIP13' else 'INJ_VAC_NOM' end
            as source_vocabulary,
        coalesce(injections.pack, upper(trim(injections.INJ_VAC_NOM))) as source_code,
        case
            when (substr(injections.PFS_EXE_NUM, 3, 1) is distinct from '0')
                then injections.PFS_EXE_NUM
        end as PFS_EXE_NUM,
        psa.n_persons,
        psa.person_id,
        psa.other_person_id,
        persons.birth_year,
        persons.death_date
    from injections
    left join kept on injections._row_id = kept._row_id
    left join psa on injections.BEN_NIR_PSA = psa.BEN_NIR_PSA
    left join persons on psa.person_id = persons.person_id
),

final as (
    select
        joined.*,
        {{ first_rule([
            r06_unknown_psa('joined'),
            r07_psa_of_no_real_person('joined'),
            r08_ambiguous_psa('joined'),
            r04_no_date('joined'),
            r11a_before_birth('joined'),
            r11b_after_death('joined'),
            r25_no_product('joined'),
        ]) }} as excluded_by
    from joined
)

select * from final
