-- Rights that come on top of the régime, each with its days: complementary cover, help to buy one
-- (ACS), waiver of the patient's share (ALD and other motives). IR_ORC_R holds every complementary
-- contract: 89 is that of the State (CMU-C, then C2S), 91 to 93 are bought with the ACS, any other
-- is private (OC).
{% set rights = [
    {
        'table': 'IR_ORC_R',
        'plan': plan_of_contract(),
        'is_suspended': "REF_C2S_COD = 'S' or (REF_C2S_COD = 'C' and MLL_CTA_DSF is null)",
        'start': 'MLL_CTA_DSD',
        'end': 'MLL_CTA_DSF',
    },
    {'table': 'IR_ACS_R', 'plan': "'ACS'", 'start': 'FAM_DRT_DSD', 'end': 'FAM_DRT_DSF'},
    {
        'table': 'IR_ETM_R',
        'plan': "'EXO' || coalesce('-' || BEN_EXO_MTF, '')",
        'start': 'BEN_EXO_DTD',
        'end': 'BEN_EXO_DTF',
    },
] -%}
with granted as (
    {%- for right in rights %}
    select
        '{{ right.table }}' as source_table,
        _row_id,
        _source_year,
        BEN_NIR_PSA,
        BEN_RNG_GEM,
        {{ right.plan }} as plan,
        coalesce({{ right.get('is_suspended', 'false') }}, false) as is_suspended,
        {{ right.start }} as care_date,
        {{ right.end }} as end_date
    from {{ ref('stg_beneficiary__' ~ right.table | lower) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

persons as (
    select * from {{ ref('int_right__bridged') }}
),

observation_periods as (
    select person_id, min(start_date) as first_day, max(end_date) as last_day
    from {{ ref('int_observation_period') }}
    group by person_id
),

joined as (
    select
        granted.source_table,
        granted._row_id,
        granted._source_year,
        granted.plan,
        granted.is_suspended,
        granted.care_date,
        persons.BEN_NIR_PSA is not null as right_is_known,
        persons.excluded_by as right_excluded_by,
        persons.person_id,
        greatest(granted.care_date, observation_periods.first_day)
            as start_date,
        -- an open end is that of the observation
        least(
            coalesce(granted.end_date, observation_periods.last_day),
            observation_periods.last_day
        ) as end_date
    from granted
    left join persons
        on
            granted.BEN_NIR_PSA = persons.BEN_NIR_PSA
            and {{ rank_of('granted') }} = persons.BEN_RNG_GEM
    left join observation_periods on persons.person_id = observation_periods.person_id
),

final as (
    select
        joined.*,
        {{ first_rule([
            r06_unknown_person('joined'),
            r46_line_of_contradictory_key('joined'),
            r07_line_of_no_real_person('joined'),
            r04_no_date('joined'),
            r47_suspended_right('joined'),
            r43_not_observed('joined'),
        ]) }} as excluded_by
    from joined
)

select * from final
