-- SI-DEP knows the pseudonym of the person (BEN_NIR_ANO).
with tests as (
    select * from {{ ref('stg_covid__de_dep_f') }}
),

kept as (
    select BEN_NIR_ANO, EXE_SOI_DTD, TES_TYP_COD, TES_RES_COD, max(_row_id) as _row_id
    from tests
    group by BEN_NIR_ANO, EXE_SOI_DTD, TES_TYP_COD, TES_RES_COD
),

pseudonyms as (
    select * from {{ ref('int_pseudonym__bridged') }}
),

persons as (
    select * from {{ ref('int_person__identified') }}
),

deaths as (
    select person_id, death_date from {{ ref('int_death__ranked') }}
),

deliveries as (
    select * from {{ ref('int_delivery__dated') }}
),

joined as (
    select
        tests._row_id,
        tests._source_year,
        kept._row_id is null as is_superseded,
        tests.EXE_SOI_DTD as care_date,
        tests.TES_TYP_COD as source_code,
        tests.TES_RES_COD,
        persons.person_id is not null as right_is_known,
        persons.person_id,
        persons.birth_year,
        deaths.death_date,
        deliveries.last_believed_day
    from tests
    left join kept on tests._row_id = kept._row_id
    left join pseudonyms on tests.BEN_NIR_ANO = pseudonyms.pseudonym
    left join persons on pseudonyms.person_id = persons.person_id
    left join deaths on pseudonyms.person_id = deaths.person_id
    cross join deliveries
),

final as (
    select
        joined.*,
        {{ first_rule([
            r06_unknown_person('joined'),
            r04_no_date('joined'),
            r04b_after_delivery('joined'),
            r11a_before_birth('joined'),
            r11b_after_death('joined'),
            r25_no_product('joined'),
        ]) }} as excluded_by
    from joined
)

select * from final
