-- The person's own number comes first; without one, twins who share a right are ambiguous (R08).
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

numbers as (
    select * from {{ ref('int_pseudonym__bridged') }}
),

mapped as (
    select distinct source_vocabulary, source_code
    from {{ ref('stg_vocabulary__code_map') }}
    where target_concept_id <> 0 and source_vocabulary in ('CIP13', 'CIP7', 'INJ_VAC_NOM')
),

persons as (
    select * from {{ ref('int_person__identified') }}
),

deliveries as (
    select * from {{ ref('int_delivery__dated') }}
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
        injections.BEN_STA_VAC,
        -- a name that has a concept replaces a pack that is not recorded, or that has none
        injections.pack is not null and (
            coalesce(mapped.source_code, mapped_short.source_code) is not null
            or mapped_name.source_code is null
        ) as is_pack,
        {{ own_number('injections.PFS_EXE_NUM') }} as PFS_EXE_NUM,
        case when numbers.person_id is null then psa.n_persons else 1 end as n_persons,
        case when numbers.person_id is null then psa.excluded_by end as psa_excluded_by,
        coalesce(numbers.person_id, psa.person_id) as person_id,
        case when numbers.person_id is null then psa.other_person_id end as other_person_id,
        persons.birth_year,
        deaths.death_date,
        deliveries.last_believed_day
    from injections
    left join psa on injections.BEN_NIR_PSA = psa.BEN_NIR_PSA
    left join numbers on injections.BEN_NIR_ANO = numbers.pseudonym
    left join persons on coalesce(numbers.person_id, psa.person_id) = persons.person_id
    left join deaths on coalesce(numbers.person_id, psa.person_id) = deaths.person_id
    cross join deliveries
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

-- one dose per person, vaccine and day, whatever a weekly refresh learned of it since (status,
-- pack); the fullest row stands for it, not the last line
doses as (
    select
        *,
        case when is_pack then 'CIP13' else 'INJ_VAC_NOM' end as source_vocabulary,
        case when is_pack then pack else vaccine end as source_code,
        coalesce(cast(person_id as string), BEN_NIR_PSA) as owner,
        coalesce(vaccine, pack) as dose,
        case when is_pack then '1' else '0' end
        || {{ fullness(['pack', 'BEN_STA_VAC', 'PFS_EXE_NUM'], '_row_id') }} as fullness
    from joined
),

fullest as (
    select owner, care_date, dose, max(fullness) as fullness
    from doses
    group by owner, care_date, dose
),

final as (
    select
        doses.*,
        (fullest.fullness is distinct from doses.fullness) as is_superseded,
        {{ first_rule([
            r06_unknown_psa('doses'),
            r46_psa_of_contradictory_key('doses'),
            r07_psa_of_no_real_person('doses'),
            r08_ambiguous_psa('doses'),
            r04_no_date('doses'),
            r04b_after_delivery('doses'),
            r11a_before_birth('doses'),
            r11b_after_death('doses'),
            r25_no_product('doses'),
        ]) }} as excluded_by
    from doses
    left join fullest
        on
            doses.owner is not distinct from fullest.owner
            and doses.care_date is not distinct from fullest.care_date
            and doses.dose is not distinct from fullest.dose
)

select * from final
