{{ config(
    materialized='incremental',
    incremental_strategy='append',
    database='registry' if target.type == 'duckdb' else none,
    schema='main' if target.type == 'duckdb' else 'registry',
    full_refresh=false,
) }}

-- The same person keeps the same number from release to release. New persons get the next numbers
-- in the order of their key, so neither the order of files nor that of lines matters. This is the
-- only model that numbers rows, and the only table where a pseudonym meets a person_id.
with persons as (
    select person_key
    from {{ ref('int_person__resolved') }}
),

{% if is_incremental() %}
known as (
    select person_key, person_id
    from {{ this }}
),
{% else %}
known as (
    select cast(null as string) as person_key, cast(0 as bigint) as person_id
    where false
),
{% endif %}

newcomers as (
    select persons.person_key
    from persons
    left join known on persons.person_key = known.person_key
    where known.person_key is null
),

final as (
    select
        newcomers.person_key,
        cast(
            row_number() over (order by newcomers.person_key)
            + (select coalesce(max(known.person_id), 0) from known)
            as bigint
        ) as person_id
    from newcomers
)

select * from final
