-- R40: an ALD is a right to full cover for a disease; the same one registered again keeps its last
-- registration, whichever right of the person (PSA, rank) it was registered under.
with rights as (
    select * from {{ ref('int_right__bridged') }}
),

registered as (
    select
        diseases.*,
        {{ icd10_code('diseases.MED_MTF_COD') }} as source_code,
        {{ freshness(
            ['diseases.INS_DTE', 'diseases.UPD_DTE', 'diseases.IMB_ALD_DTF'], 'diseases._row_id'
        ) }} as freshness,
        rights.BEN_NIR_PSA is not null as right_is_known,
        rights.excluded_by as right_excluded_by,
        rights.person_id,
        coalesce(
            cast(rights.person_id as string),
            diseases.BEN_NIR_PSA || '/' || {{ rank_of('diseases') }}
        ) as owner
    from {{ ref('stg_beneficiary__ir_imb_r') }} as diseases
    left join rights
        on
            diseases.BEN_NIR_PSA = rights.BEN_NIR_PSA
            and {{ rank_of('diseases') }} = rights.BEN_RNG_GEM
),

lives as (
    select
        persons.person_id,
        persons.birth_year,
        deaths.death_date
    from {{ ref('int_person__identified') }} as persons
    left join {{ ref('int_death__ranked') }} as deaths on persons.person_id = deaths.person_id
),

deliveries as (
    select * from {{ ref('int_delivery__dated') }}
),

freshest as (
    select owner, IMB_ETM_NAT, IMB_ALD_DTD, source_code, max(freshness) as freshness
    from registered
    group by owner, IMB_ETM_NAT, IMB_ALD_DTD, source_code
),

-- R41: the number of the list is not recoded at the source; the code of the disease determines it
coded as (
    select distinct source_code
    from registered
    where source_code is not null
),

numbered as (
    select
        coded.source_code,
        -- a longer prefix may exclude a code: its number is then empty
        nullif(
            {{ value_at_max("coalesce(numbers.ald_number, '')", 'length(numbers.code_prefix)') }},
            ''
        ) as ald_number
    from coded
    inner join {{ ref('cim10_ald') }} as numbers
        on coded.source_code like numbers.code_prefix || '%'
    group by coded.source_code
),

joined as (
    select
        registered._row_id,
        registered._source_year,
        registered.IMB_ETM_NAT,
        registered.MED_NCL_IDT,
        registered.source_code,
        numbered.ald_number,
        registered.IMB_ALD_DTD as care_date,
        -- a right is granted for years: it ends with the person
        case
            when lives.death_date between registered.IMB_ALD_DTD and registered.IMB_ALD_DTF
                then lives.death_date
            when registered.IMB_ALD_DTF >= registered.IMB_ALD_DTD
                then registered.IMB_ALD_DTF
        end as end_date,
        (freshest.freshness is distinct from registered.freshness) as is_superseded,
        registered.right_is_known,
        registered.right_excluded_by,
        registered.person_id,
        lives.birth_year,
        lives.death_date,
        deliveries.last_believed_day
    from registered
    inner join freshest
        on
            registered.owner is not distinct from freshest.owner
            and registered.IMB_ETM_NAT is not distinct from freshest.IMB_ETM_NAT
            and registered.IMB_ALD_DTD is not distinct from freshest.IMB_ALD_DTD
            and registered.source_code is not distinct from freshest.source_code
    left join numbered on registered.source_code = numbered.source_code
    left join lives on registered.person_id = lives.person_id
    cross join deliveries
),

final as (
    select
        joined.*,
        {{ first_rule([
            r06_unknown_person('joined'),
            r46_line_of_contradictory_key('joined'),
            r07_line_of_no_real_person('joined'),
            r40_no_long_term_disease('joined'),
            r04_no_date('joined'),
            r04b_after_delivery('joined'),
            r32_no_code('joined'),
            r11a_before_birth('joined'),
            r11b_after_death('joined'),
        ]) }} as excluded_by
    from joined
)

select * from final
