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

-- the rule that leaves a person without a period; none when no day of their life was delivered
persons as (
    select
        persons.person_id,
        coalesce(
            {{ first_rule([r51_never_cared('identified', 'cared')]) }},
            {{ first_rule([r50_archived('identified', 'cared')]) }}
        ) as rule_id
    from {{ ref('person') }} as persons
    left join {{ ref('int_person__identified') }} as identified
        on persons.person_id = identified.person_id
    left join {{ ref('int_person__cared') }} as cared
        on persons.person_id = cared.person_id
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
        persons.rule_id,
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
    select 4, 'without observation', rule_id, count(*) from followed
    where status = 'without observation'
    group by rule_id
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
