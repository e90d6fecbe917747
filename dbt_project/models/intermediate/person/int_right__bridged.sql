-- Every pair (PSA, rank) that DCIR may name, with its person; when its freshest row is of no real
-- person, person_id is NULL and excluded_by names the rule. The simplified datamart names persons
-- by their identifier: each has a pair for it. A row without a rank means the person to whom its
-- PSA leads, when it leads to one only; so does a right without a rank.
{% set ranked = [
    'stg_dcir__er_prs_f', 'stg_beneficiary__ir_imb_r', 'stg_beneficiary__ir_mtt_r',
    'stg_beneficiary__ir_orc_r', 'stg_beneficiary__ir_acs_r', 'stg_beneficiary__ir_etm_r',
] -%}
with person_rows as (
    select * from {{ ref('int_person_row__classified') }}
    where not is_superseded
),

registry as (
    select * from {{ ref('int_person__numbered') }}
),

unranked as (
    {%- for table in ranked %}
    select BEN_NIR_PSA from {{ ref(table) }}
    where BEN_RNG_GEM is null
    {{ 'union' if not loop.last }}
    {%- endfor %}
),

named as (
    select BEN_NIR_PSA, BEN_RNG_GEM, person_key, excluded_by
    from person_rows
    where BEN_RNG_GEM not in ({{ identity_rank() }}, '')
    union all
    select
        BEN_NIR_PSA,
        '',
        coalesce(min(person_key) filter (where excluded_by is null), min(person_key)),
        case when not bool_or(excluded_by is null) then max(excluded_by) end
    from person_rows
    where BEN_RNG_GEM = ''
    group by BEN_NIR_PSA
    having count(distinct case when excluded_by is null then person_key end) <= 1
    union all
    select
        person_key,
        {{ identity_rank() }},
        person_key,
        case when not bool_or(excluded_by is null) then max(excluded_by) end
    from person_rows
    group by person_key
    union all
    select
        person_rows.BEN_NIR_PSA,
        '',
        coalesce(
            min(person_rows.person_key) filter (where person_rows.excluded_by is null),
            min(person_rows.person_key)
        ),
        case
            when not bool_or(person_rows.excluded_by is null) then max(person_rows.excluded_by)
        end
    from person_rows
    inner join unranked on person_rows.BEN_NIR_PSA = unranked.BEN_NIR_PSA
    where person_rows.BEN_RNG_GEM <> {{ identity_rank() }}
    group by person_rows.BEN_NIR_PSA
    having
        not bool_or(person_rows.BEN_RNG_GEM = '')
        and count(
            distinct case when person_rows.excluded_by is null then person_rows.person_key end
        ) <= 1
),

final as (
    select
        named.BEN_NIR_PSA,
        named.BEN_RNG_GEM,
        registry.person_id,
        named.excluded_by
    from named
    left join registry
        on
            named.person_key = registry.person_key
            and named.excluded_by is null
)

select * from final
