-- PMSI knows the PSA only (NIR_ANO_17), without the rank that tells twins apart (R08).
with rights as (
    select * from {{ ref('int_right__bridged') }}
    where BEN_RNG_GEM <> {{ identity_rank() }}
),

persons as (
    select * from {{ ref('int_person__identified') }}
),

-- `first` is the lowest rank; `both` begins with who lives longest, so that care after the death of
-- one is the other's
placed as (
    select
        rights.BEN_NIR_PSA,
        persons.person_id,
        {% if var('psa_policy') == 'both' -%}
        min(lpad(cast({{ days_between(
            "coalesce(persons.death_date, date '2199-01-01')", "date '2199-01-01'"
        ) }} as string), 6, '0') || rights.BEN_RNG_GEM)
        {%- else -%}
        min(rights.BEN_RNG_GEM)
        {%- endif %} as place,
        max(rights.excluded_by) as excluded_by
    from rights
    left join persons on rights.person_id = persons.person_id
    group by rights.BEN_NIR_PSA, persons.person_id
),

counted as (
    select
        BEN_NIR_PSA,
        count(person_id) as n_persons,
        {{ value_at_min('person_id', 'place') }} as first_person_id,
        {{ value_at_max('person_id', 'place') }} as last_person_id,
        max(excluded_by) as excluded_by
    from placed
    group by BEN_NIR_PSA
),

final as (
    select
        BEN_NIR_PSA,
        n_persons,
        case
            when n_persons <= {{ {'drop': 1, 'both': 2, 'first': 99}[var('psa_policy')] }}
                then first_person_id
        end as person_id,
        {% if var('psa_policy') == 'drop' -%}
        cast(null as bigint)
        {%- else -%}
        case when n_persons > 1 then last_person_id end
        {%- endif %} as other_person_id,
        excluded_by
    from counted
)

select * from final
