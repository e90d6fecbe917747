-- The person of each external id of a declared crosswalk, or why there is none. A key is a number
-- or a right that the registry knows, or the PSA of one person.
with crosswalk as (
    select * from {{ ref('stg_manifest__crosswalk') }}
),

named as (
    select * from {{ ref('int_person__named') }}
),

person_rows as (
    select * from {{ ref('int_person_row__classified') }}
    where unreal is null and not is_superseded and excluded_by is null
),

keyed as (
    select crosswalk.crosswalk_number, crosswalk.external_number, named.person_key
    from crosswalk
    inner join named on crosswalk.person_name = named.name
    union
    select crosswalk.crosswalk_number, crosswalk.external_number, person_rows.person_key
    from crosswalk
    inner join person_rows on crosswalk.person_name = person_rows.BEN_NIR_PSA
),

led as (
    select
        keyed.crosswalk_number,
        keyed.external_number,
        min(numbered.person_id) as person_id,
        count(distinct numbered.person_id) as n_persons
    from keyed
    inner join {{ ref('int_person__numbered') }} as numbered
        on keyed.person_key = numbered.person_key
    group by keyed.crosswalk_number, keyed.external_number
),

external_ids as (
    select
        crosswalk_number,
        crosswalk_name,
        external_number,
        bool_or(is_dated) as is_dated,
        min(index_date) as index_date
    from crosswalk
    group by crosswalk_number, crosswalk_name, external_number
),

observed as (
    select person_id, min(start_date) as first_date
    from {{ ref('int_observation_period') }}
    group by person_id
),

final as (
    select
        external_ids.crosswalk_number,
        external_ids.crosswalk_name,
        external_ids.external_number,
        case when led.n_persons = 1 then led.person_id end as person_id,
        case
            when external_ids.is_dated then external_ids.index_date
            else observed.first_date
        end as index_date,
        case
            when led.n_persons is null then 'no person has this key'
            when led.n_persons > 1 then 'several persons'
            when observed.person_id is null then 'not observed'
            when external_ids.is_dated and external_ids.index_date is null then 'no index date'
        end as reason
    from external_ids
    left join led
        on
            external_ids.crosswalk_number = led.crosswalk_number
            and external_ids.external_number = led.external_number
    left join observed on led.person_id = observed.person_id
)

select * from final
