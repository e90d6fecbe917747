-- PMSI knows the PSA only (NIR_ANO_17), without the rank that distinguishes twins (R08).
with rights as (
    select * from {{ ref('int_right__bridged') }}
    where BEN_RNG_GEM <> {{ identity_rank() }}
),

persons as (
    select * from {{ ref('int_person__identified') }}
),

-- the policy `first` keeps the person of the lowest rank
placed as (
    select
        rights.BEN_NIR_PSA,
        persons.person_id,
        min(rights.BEN_RNG_GEM) as lowest_rank,
        max(rights.excluded_by) as excluded_by
    from rights
    left join persons on rights.person_id = persons.person_id
    group by rights.BEN_NIR_PSA, persons.person_id
),

counted as (
    select
        BEN_NIR_PSA,
        count(person_id) as n_persons,
        {{ value_at_min('person_id', 'lowest_rank') }} as first_person_id,
        {{ value_at_max('person_id', 'lowest_rank') }} as last_person_id,
        max(excluded_by) as excluded_by
    from placed
    group by BEN_NIR_PSA
),

final as (
    select
        BEN_NIR_PSA,
        n_persons,
        {% if var('psa_policy') == 'drop' -%}
        case when n_persons = 1 then first_person_id end as person_id,
        cast(null as bigint) as other_person_id,
        {%- else -%}
        first_person_id as person_id,
        case when n_persons > 1 then last_person_id end as other_person_id,
        {%- endif %}
        excluded_by
    from counted
)

select * from final
