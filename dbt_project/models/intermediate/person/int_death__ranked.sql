-- R10: several tables know of a death; the first in the ladder is believed.
with persons as (
    select person_id, death_date, is_death_month_only, _row_id
    from {{ ref('int_person__identified') }}
    where death_date is not null
),

certificates as (
    select person_id, death_date, _row_id, DCD_CIM_COD
    from {{ ref('int_certificate__classified') }}
    where excluded_by is null and not is_superseded
),

ended_stays as (
    select visit_occurrence_id, person_id, exit_date as death_date, _row_id
    from {{ ref('int_mco_stay__placed') }}
    where SOR_MOD = '9'
    union all
    select visit_occurrence_id, person_id, exit_date, {{ row_id_of('visit_occurrence_id') }}
    from {{ ref('int_visit__hospital') }}
    where substr(exit, 1, 1) = '9'
),

stays as (
    select ended_stays.* from ended_stays
    {%- if var('psa_policy') != 'drop' %}
    -- a stay that is either of two persons' says that one of them died, not which
    left join {{ ref('int_care__shared') }} as shared
        on ended_stays.visit_occurrence_id = shared.care_id
    where shared.care_id is null
    {%- endif %}
),

lines as (
    select person_id, exit_death_date, BEN_DCD_DTE, _row_id
    from {{ ref('int_dcir_line__classified') }} as classified
    where {{ r10_line_of_the_dead('classified') }}
),

-- an exit by death that care follows was written by mistake
discharged as (
    select person_id, death_date, _row_id, 3 as ladder
    from stays
    union all
    select person_id, max(exit_death_date), min(_row_id), 5
    from lines
    where exit_death_date is not null
    group by person_id
),

last_seen as (
    select visits.person_id, max(visits.start_date) as last_date
    from {{ ref('int_visit__unioned') }} as visits
    where visits.person_id in (select discharged.person_id from discharged)
    group by visits.person_id
),

unioned as (
    select
        person_id,
        death_date,
        _row_id,
        -- a month is less than the day that a certificate or a stay knows
        case when is_death_month_only then 4 else 1 end as ladder,
        {{ concept('type_concept', 'IR_BEN_DCD') }} as type_concept_id
    from persons
    union all
    select person_id, death_date, _row_id, 2, {{ concept('type_concept', 'CEPIDC') }}
    from certificates
    union all
    select
        discharged.person_id,
        discharged.death_date,
        discharged._row_id,
        discharged.ladder,
        {{ concept('type_concept', 'PMSI_DEATH') }}
    from discharged
    left join last_seen
        on
            discharged.person_id = last_seen.person_id
            and last_seen.last_date
            > {{ add_days('discharged.death_date', var('death_tolerance_days')) }}
    where last_seen.person_id is null
    union all
    select person_id, max(BEN_DCD_DTE), min(_row_id), 6, {{ concept('type_concept', 'DCIR') }}
    from lines
    where BEN_DCD_DTE is not null
    group by person_id
),

placed as (
    select
        *,
        -- sorts by ladder, then latest date first, then first line
        cast(ladder as string)
        || lpad(cast({{ days_between('death_date', "date '2199-01-01'") }} as string), 6, '0')
        || lpad(cast(_row_id as string), 16, '0') as place
    from unioned
),

best as (
    select person_id, min(place) as place from placed
    group by person_id
),

final as (
    select
        placed.person_id,
        placed.death_date,
        placed.type_concept_id,
        placed._row_id,
        certificates._row_id as certificate_row_id,
        {{ icd10_code('certificates.DCD_CIM_COD') }} as cause_code
    from placed
    inner join best on placed.person_id = best.person_id and placed.place = best.place
    left join certificates on placed.person_id = certificates.person_id
)

select * from final
