{{ config(alias='person_flow') }}
-- The numbers of a flow chart of persons: each step is the one before it less who left in between.
-- A person is left out when no row of theirs is of a real person.
with person_rows as (
    select * from {{ ref('int_person_row__classified') }}
    where not is_superseded
),

known as (
    select
        person_key,
        min(excluded_by) as excluded_by,
        count(case when excluded_by is null then 1 end) as n_kept
    from person_rows
    group by person_key
),

persons as (
    select person_id from {{ ref('person') }}
),

observed as (
    select distinct person_id from {{ ref('observation_period') }}
),

cared_for as (
    select person_id from {{ ref('visit_occurrence') }}
    union
    select person_id from {{ ref('int_event__routed') }}
),

followed as (
    select
        case
            when observed.person_id is null then 'without observation'
            when cared_for.person_id is null then 'without care'
            else 'with care'
        end as status
    from persons
    left join observed on persons.person_id = observed.person_id
    left join cared_for on persons.person_id = cared_for.person_id
),

final as (
    select 1 as step, 'delivered' as name, cast(null as string) as rule_id, count(*) as n_persons
    from known
    union all
    select 2, 'excluded', excluded_by, count(*)
    from known
    where n_kept = 0
    group by excluded_by
    union all
    select 3, 'person', null, count(*) from persons
    union all
    select 4, 'without observation', null, count(*) from followed
    where status = 'without observation'
    union all
    select 5, 'observed', null, count(*) from followed
    where status <> 'without observation'
    union all
    select 6, 'without care', null, count(*) from followed
    where status = 'without care'
    union all
    select 7, 'with care', null, count(*) from followed
    where status = 'with care'
)

select * from final
