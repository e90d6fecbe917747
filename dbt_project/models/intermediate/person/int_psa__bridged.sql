-- PMSI knows the PSA only (NIR_ANO_17), without the rank that tells twins apart (R08).
with rights as (
    select * from {{ ref('int_right__bridged') }}
    where BEN_RNG_GEM <> {{ identity_rank() }}
),

final as (
    select
        BEN_NIR_PSA,
        count(distinct person_id) as n_persons,
        {% if var('psa_policy') == 'first' -%}
        min_by(person_id, BEN_RNG_GEM)
        {%- else -%}
        case when count(distinct person_id) = 1 then min(person_id) end
        {%- endif %} as person_id,
        max(excluded_by) as excluded_by
    from rights
    group by BEN_NIR_PSA
)

select * from final
