-- IR_VAC_F knows the pseudonym of the right without its rank, as PMSI does: twins are ambiguous
-- (R08).
with injections as (
    select
        *,
        coalesce(EXE_SOI_DTD, {{ month_start('EXE_SOI_AMD') }}) as care_date,
        nullif(PHA_PRS_C13, '0000000000000') as pack,
        upper(nullif(trim(INJ_VAC_NOM), '')) as vaccine
    from {{ ref('stg_covid__ir_vac_f') }}
),

psa as (
    select * from {{ ref('int_psa__bridged') }}
),

mapped as (
    select distinct source_vocabulary, source_code
    from {{ ref('stg_vocabulary__code_map') }}
    where target_concept_id <> 0 and source_vocabulary in ('CIP13', 'CIP7', 'INJ_VAC_NOM')
),

persons as (
    select * from {{ ref('int_person__identified') }}
),

deaths as (
    select person_id, death_date from {{ ref('int_death__ranked') }}
),

joined as (
    select
        injections._row_id,
        injections._source_year,
        injections.BEN_NIR_PSA,
        injections.care_date,
        injections.pack,
        injections.vaccine,
        -- a name that has a concept replaces a pack that is not recorded, or that has none
        injections.pack is not null
        and (
            mapped.source_code is not null
            or mapped_short.source_code is not null
            or mapped_name.source_code is null
        ) as is_pack,
        {{ own_number('injections.PFS_EXE_NUM') }} as PFS_EXE_NUM,
        psa.n_persons,
        psa.excluded_by as psa_excluded_by,
        psa.person_id,
        psa.other_person_id,
        persons.birth_year,
        deaths.death_date
    from injections
    left join psa on injections.BEN_NIR_PSA = psa.BEN_NIR_PSA
    left join persons on psa.person_id = persons.person_id
    left join deaths on psa.person_id = deaths.person_id
    left join mapped
        on mapped.source_vocabulary = 'CIP13' and injections.pack = mapped.source_code
    left join mapped as mapped_short
        on
            mapped_short.source_vocabulary = 'CIP7'
            and substr(injections.pack, 6, 7) = mapped_short.source_code
    left join mapped as mapped_name
        on
            mapped_name.source_vocabulary = 'INJ_VAC_NOM'
            and injections.vaccine = mapped_name.source_code
),

coded as (
    select
        *,
        case when is_pack then 'CIP13' else 'INJ_VAC_NOM' end as source_vocabulary,
        case when is_pack then pack else vaccine end as source_code
    from joined
),

-- one dose per person, product and day, whatever status a weekly refresh gave it since
kept as (
    select
        coalesce(cast(person_id as string), BEN_NIR_PSA) as owner,
        care_date,
        source_code,
        max(_row_id) as _row_id
    from coded
    group by coalesce(cast(person_id as string), BEN_NIR_PSA), care_date, source_code
),

final as (
    select
        coded.*,
        kept._row_id is null as is_superseded,
        {{ first_rule([
            r06_unknown_psa('coded'),
            r46_psa_of_contradictory_key('coded'),
            r07_psa_of_no_real_person('coded'),
            r08_ambiguous_psa('coded'),
            r04_no_date('coded'),
            r11a_before_birth('coded'),
            r11b_after_death('coded'),
            r25_no_product('coded'),
        ]) }} as excluded_by
    from coded
    left join kept on coded._row_id = kept._row_id
)

select * from final
