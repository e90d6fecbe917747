-- Months in a nursing home or a long-term unit (IR_ESM_R): N02 excludes them unless it is switched
-- off. The person's own number comes first; the right has no rank before 2022 (R08). An end written
-- by the system (DST_MTF_COD 10) is no departure: how long the stay lasted is unknown.
with homes as (
    select
        *,
        coalesce(PEC_DEB_DTE, {{ month_start('PEC_DEB_AME') }}) as care_date,
        case
            when coalesce(DST_MTF_COD, '') <> '10'
                then coalesce(PEC_FIN_DTE, {{ month_start('PEC_FIN_AME') }})
        end as last_date
    from {{ ref('stg_beneficiary__ir_esm_r') }}
),

psa as (
    select * from {{ ref('int_psa__bridged') }}
),

numbers as (
    select * from {{ ref('int_pseudonym__bridged') }}
),

identified as (
    select
        homes.*,
        case when numbers.person_id is null then psa.n_persons else 1 end as n_persons,
        case when numbers.person_id is null then psa.excluded_by end as psa_excluded_by,
        coalesce(numbers.person_id, psa.person_id) as person_id,
        {{ fullness([
            'homes.last_date', 'homes.ESM_CAT_COD', 'homes.DST_MTF_COD',
        ], 'homes._row_id') }} as fullness
    from homes
    left join psa on homes.BEN_NIR_PSA = psa.BEN_NIR_PSA
    left join numbers on homes.BEN_NIR_ANO = numbers.pseudonym
),

-- the register comes again each month: of one stay the row that knows its end stands
fullest as (
    select person_id, care_date, ESM_FIN_ANO, max(fullness) as fullness
    from identified
    where person_id is not null
    group by person_id, care_date, ESM_FIN_ANO
),

persons as (
    select * from {{ ref('int_person__identified') }}
),

deaths as (
    select person_id, death_date from {{ ref('int_death__ranked') }}
),

deliveries as (
    select * from {{ ref('int_delivery__dated') }}
),

joined as (
    select
        identified.*,
        coalesce(identified.fullness <> fullest.fullness, false) as is_superseded,
        persons.birth_year,
        deaths.death_date,
        deliveries.last_believed_day
    from identified
    left join fullest
        on
            identified.person_id = fullest.person_id
            and identified.care_date is not distinct from fullest.care_date
            and identified.ESM_FIN_ANO is not distinct from fullest.ESM_FIN_ANO
    left join persons on identified.person_id = persons.person_id
    left join deaths on identified.person_id = deaths.person_id
    cross join deliveries
),

final as (
    select
        joined.*,
        case
            when last_date >= care_date
                then
                    12 * (extract(year from last_date) - extract(year from care_date))
                    + extract(month from last_date) - extract(month from care_date) + 1
        end as months,
        {{ first_rule([
            n02_nursing_home('joined'),
            r06_unknown_psa('joined'),
            r46_psa_of_contradictory_key('joined'),
            r07_psa_of_no_real_person('joined'),
            r08_ambiguous_psa('joined'),
            r04_no_date('joined'),
            r04b_after_delivery('joined'),
            r11a_before_birth('joined'),
            r11b_after_death('joined'),
        ]) }} as excluded_by
    from joined
)

select * from final
