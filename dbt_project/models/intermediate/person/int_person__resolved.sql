-- R07 took the rows of no real person; what is left of a person decides who they are.
with valid_rows as (
    select *
    from {{ ref('int_person_row__classified') }}
    where excluded_by is null and not is_superseded
),

-- When a person's rows disagree on sex, birth or residence, the freshest row is believed (R44).
believed as (
    select
        person_key,
        max(freshness) as freshness,
        coalesce(max(freshness) filter (where BEN_RES_COM is not null), max(freshness))
            as freshness_of_residence,
        -- R10: the date of death is carried by one right only; a day is worth more than a month
        coalesce(max(BEN_DCD_DTE), max(death_date)) as death_date,
        max(BEN_DCD_DTE) is null and max(death_date) is not null as is_death_month_only,
        count(distinct BEN_SEX_COD) > 1 as has_sex_conflict,
        count(distinct birth_year) > 1 as has_birth_conflict,
        count(*) filter (where source_table is distinct from 'IR_IBA_R') as n_rights,
        -- R50, R51: what IR_BEN_R states of care at any time; the simplified datamart states none
        count(*) filter (where source_table is distinct from 'IR_BEN_R_ARC') = 0
            as is_archived_only,
        count(*) filter (where BEN_TOP_CNS = '0') > 0
        and count(*) filter (
            where source_table is distinct from 'IR_IBA_R' and BEN_TOP_CNS is distinct from '0'
        ) = 0 as is_never_a_consumer
    from valid_rows
    group by person_key
),

deliveries as (
    select * from {{ ref('int_delivery__dated') }}
),

final as (
    select
        believed.person_key,
        main._row_id,
        main.BEN_SEX_COD,
        main.birth_year,
        case
            when {{ to_integer('main.BEN_NAI_MOI') }} between 1 and 12
                then {{ to_integer('main.BEN_NAI_MOI') }}
        end as birth_month,
        -- a death before birth or after the delivery is an error
        case
            when
                extract(year from believed.death_date) >= main.birth_year
                and not coalesce(believed.death_date > deliveries.last_believed_day, false)
                then believed.death_date
        end as death_date,
        believed.death_date is not null and (
            extract(year from believed.death_date) < main.birth_year
            or coalesce(believed.death_date > deliveries.last_believed_day, false)
        ) as has_impossible_death,
        believed.is_death_month_only,
        residence._row_id as residence_row_id,
        {{ insee_commune('residence') }} as commune,
        {{ residence_department('residence') }} as department,
        main.ORG_AFF_BEN,
        believed.has_sex_conflict,
        believed.has_birth_conflict,
        believed.n_rights,
        believed.is_archived_only,
        believed.is_never_a_consumer
    from believed
    inner join valid_rows as main
        on
            believed.person_key = main.person_key
            and believed.freshness = main.freshness
    cross join deliveries
    left join valid_rows as residence
        on
            believed.person_key = residence.person_key
            and believed.freshness_of_residence = residence.freshness
)

select * from final
