{{ config(materialized='view') }}
-- R08: hospital care, and Covid-19 injections, recorded under a PSA of two persons, with the person
-- who did not get it. A visit that also has care of the one person alone is theirs; so is one from
-- before the birth of the other, or after their death.
with recorded as (
    select
        {{ cdm_id('_row_id') }} as care_id,
        other_person_id,
        care_date
    from {{ ref('int_mco_stay__classified') }}
    where excluded_by is null and not is_superseded
    union all
    select stays.visit_occurrence_id, files.other_person_id, files.care_date
    from {{ ref('int_hospital_stay__chained') }} as stays
    inner join {{ ref('int_hospital_file__classified') }} as files on stays._row_id = files._row_id
    union all
    select visits.visit_occurrence_id, bills.other_person_id, bills.care_date
    from {{ ref('int_external_visit__grouped') }} as visits
    inner join {{ ref('int_external_bill__classified') }} as bills
        on
            visits.field = bills.field
            and visits.person_id = bills.person_id
            and visits.finess = bills.finess
            and visits.care_date = bills.care_date
            and visits.apart = bills.apart
    where bills.excluded_by is null and not bills.is_superseded
    union all
    select visits.visit_occurrence_id, acts.other_person_id, acts.care_date
    from {{ ref('int_rip_ambulatory__grouped') }} as visits
    inner join {{ ref('int_rip_ambulatory__classified') }} as acts on visits._row_id = acts._row_id
    union all
    select {{ cdm_id('_row_id') }}, other_person_id, care_date
    from {{ ref('int_covid_vaccination__classified') }}
    where excluded_by is null and not is_superseded
),

shared as (
    select
        care_id,
        min(other_person_id) as other_person_id,
        min(care_date) as care_date
    from recorded
    group by care_id
    having count(*) = count(other_person_id)
),

persons as (
    select * from {{ ref('int_person__identified') }}
),

deaths as (
    select person_id, death_date from {{ ref('int_death__ranked') }}
),

final as (
    select
        shared.care_id,
        shared.other_person_id
    from shared
    inner join persons on shared.other_person_id = persons.person_id
    left join deaths on shared.other_person_id = deaths.person_id
    where
        extract(year from shared.care_date) >= persons.birth_year
        and not coalesce(
            shared.care_date
            > {{ add_days('deaths.death_date', var('death_tolerance_days')) }}, false
        )
)

select * from final
