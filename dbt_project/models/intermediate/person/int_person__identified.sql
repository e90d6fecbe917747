with persons as (
    select * from {{ ref('int_person__resolved') }}
),

registry as (
    select * from {{ ref('int_person__numbered') }}
),

-- from here on a person is a number: the key stays behind
final as (
    select
        registry.person_id,
        persons._row_id,
        persons.BEN_SEX_COD,
        persons.birth_year,
        persons.birth_month,
        persons.death_date,
        persons.is_death_month_only,
        persons.has_impossible_death,
        persons.residence_row_id,
        persons.commune,
        -- the finest place that is known
        coalesce(persons.commune, persons.department) as place,
        substr(persons.ORG_AFF_BEN, 1, 3) as payer,
        persons.has_sex_conflict,
        persons.has_birth_conflict,
        persons.n_rights,
        persons.is_archived_only,
        persons.is_never_a_consumer
    from persons
    inner join registry on persons.person_key = registry.person_key
)

select * from final
