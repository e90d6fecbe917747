{{ config(
    materialized='incremental', incremental_strategy='append', full_refresh=false,
    database='registry' if target.type == 'duckdb' else none,
    schema='main' if target.type == 'duckdb' else 'registry',
) }}
-- A person keeps their number, whichever key they have now; new ones get the next, in the order of
-- their key. The last row of a key holds. The only place where a pseudonym meets a person_id.
with named as (
    select * from {{ ref('int_person__named') }}
    where not coalesce(has_passed, false)
),

{% if is_incremental() %}
book as (select person_key, person_id, coalesce(build, 0) as build from {{ this }}),
{% else %}
book as (
    select cast(null as string) as person_key, cast(0 as bigint) as person_id, 0 as build
    where false
),
{% endif %}

known as (
    select person_key, {{ value_at_max('person_id', 'build') }} as person_id from book
    group by person_key
),

persons as (select distinct person_key from named),

-- persons known by a number: a right alone does not lead to them (twins who exchange their ranks)
numbered as (
    select distinct known.person_id from known
    where known.person_key not in (select named.name from named where not named.is_own) -- noqa
),

claims as (
    select
        named.person_key,
        known.person_id,
        max(case when named.name = named.person_key then 2 when named.is_own then 1 else 0 end)
            as strength
    from named
    inner join known on named.name = known.person_key
    left join numbered on known.person_id = numbered.person_id
    where named.is_own or numbered.person_id is null
    group by named.person_key, known.person_id
),

strongest as (
    select person_id, max(strength) as strength from claims
    group by person_id
),

-- a number that two persons claim stays with one of them
won as (
    select claims.person_id, min(claims.person_key) as person_key
    from claims
    inner join strongest
        on claims.person_id = strongest.person_id and claims.strength = strongest.strength
    group by claims.person_id
),

-- keys that turn out to be one person: the lowest number is kept
kept as (
    select person_key, min(person_id) as person_id from won
    group by person_key
),

assigned as (
    select person_key, person_id from kept
    union all
    select
        persons.person_key,
        row_number() over (order by persons.person_key)
        + (select coalesce(max(book.person_id), 0) from book)
    from persons
    left join kept on persons.person_key = kept.person_key
    where kept.person_key is null
),

-- numbers that a person gives up: claimed, else those of a right that was another one's until now
lost as (
    select person_key, min(person_id) as person_id from claims
    group by person_key
    union all
    select passing.person_key, min(known.person_id)
    from {{ ref('int_person__named') }} as passing
    inner join known on passing.name = known.person_key
    where passing.has_passed and passing.person_key not in (select claims.person_key from claims)
    group by passing.person_key
),

changed as (
    select
        assigned.person_key,
        assigned.person_id,
        coalesce(known.person_id, case when kept.person_key is null then lost.person_id end)
            as former_id
    from assigned
    left join known on assigned.person_key = known.person_key
    left join kept on assigned.person_key = kept.person_key
    left join lost on assigned.person_key = lost.person_key
    where known.person_id is distinct from assigned.person_id
    union all
    -- the other keys of a number that is given up lead to the one that is kept
    select known.person_key, kept.person_id, known.person_id
    from known
    inner join won on known.person_id = won.person_id
    inner join kept on won.person_key = kept.person_key
    left join persons on known.person_key = persons.person_key
    where kept.person_id <> won.person_id and persons.person_key is null
),

final as (
    select
        *,
        (select cast(coalesce(max(book.build), 0) + 1 as bigint) from book) as build
    from changed
)

select person_key, cast(person_id as bigint) as person_id, build, former_id from final
