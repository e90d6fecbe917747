-- Persons, periods, deaths, care, cover: one query per analysis, each after `-- id | counts` or
-- `-- id | distribution`. A query of counts yields stratum_1… and count_value; one of a distribution
-- yields stratum_1… and one `value` per subject. {cdm} is the schema; {persons} are PERSON rows,
-- copies dropped; {first_period} and {first_cover} are the first period and cover of each person;
-- {deaths} are deaths in observation.

-- 1 | counts
select count(distinct person_id) as count_value from {cdm}.person

-- 2 | counts
select gender_concept_id as stratum_1, count(distinct person_id) as count_value
from {cdm}.person
group by all

-- 3 | counts
select year_of_birth as stratum_1, count(distinct person_id) as count_value
from {cdm}.person
group by all

-- 4 | counts
select race_concept_id as stratum_1, count(distinct person_id) as count_value
from {cdm}.person
group by all

-- 5 | counts
select ethnicity_concept_id as stratum_1, count(distinct person_id) as count_value
from {cdm}.person
group by all

-- 10 | counts
select
    year_of_birth as stratum_1,
    gender_concept_id as stratum_2,
    count(distinct person_id) as count_value
from {cdm}.person
group by all

-- 11 | counts
select
    person.year_of_birth as stratum_1,
    person.gender_concept_id as stratum_2,
    count(distinct person.person_id) as count_value
from {cdm}.person
where not exists (
    select 1 from {cdm}.death where death.person_id = person.person_id
)
group by all

-- 12 | counts
select
    race_concept_id as stratum_1,
    ethnicity_concept_id as stratum_2,
    count(distinct person_id) as count_value
from {cdm}.person
group by all

-- 101 | counts
select year(period.started) - person.year_of_birth as stratum_1, count(*) as count_value
from {cdm}.person
inner join {first_period} as period using (person_id)
group by all

-- 102 | counts
select
    person.gender_concept_id as stratum_1,
    year(period.started) - person.year_of_birth as stratum_2,
    count(*) as count_value
from {cdm}.person
inner join {first_period} as period using (person_id)
group by all

-- 103 | distribution
select distinct_person.age as value
from (
    select distinct
        person_id,
        person.year_of_birth,
        year(period.started) - person.year_of_birth as age
    from {cdm}.person
    inner join {first_period} as period using (person_id)
) as distinct_person

-- 104 | distribution
select distinct_person.gender_concept_id as stratum_1, distinct_person.age as value
from (
    select distinct
        person_id,
        person.gender_concept_id,
        person.year_of_birth,
        year(period.started) - person.year_of_birth as age
    from {cdm}.person
    inner join {first_period} as period using (person_id)
) as distinct_person

-- 105 | distribution
select period.ended - period.started as value
from {first_period} as period

-- 106 | distribution
select person.gender_concept_id as stratum_1, period.ended - period.started as value
from {cdm}.person
inner join {first_period} as period using (person_id)

-- 107 | distribution
select
    floor((year(period.started) - person.year_of_birth) / 10)::bigint as stratum_1,
    period.ended - period.started as value
from {cdm}.person
inner join {first_period} as period using (person_id)

-- 108 | counts
select
    trunc((period.ended - period.started) / 30)::bigint as stratum_1,
    count(distinct person_id) as count_value
from {cdm}.person
inner join {first_period} as period using (person_id)
group by all

-- 109 | counts
with years as (
    select unnest(generate_series(
        min(year(observation_period_start_date)), max(year(observation_period_start_date))
    )) as number
    from {cdm}.observation_period
)
select years.number as stratum_1, count(distinct period.person_id) as count_value
from {cdm}.observation_period as period
inner join years
    on
        period.observation_period_start_date <= make_date(years.number, 1, 1)
        and period.observation_period_end_date >= make_date(years.number, 12, 31)
group by all

-- 110 | counts
with months as (
    select distinct date_trunc('month', observation_period_start_date)::date as first_day
    from {cdm}.observation_period
)
select
    year(months.first_day) * 100 + month(months.first_day) as stratum_1,
    count(distinct period.person_id) as count_value
from {cdm}.observation_period as period
inner join months
    on
        period.observation_period_start_date <= months.first_day
        and period.observation_period_end_date >= last_day(months.first_day)
group by all

-- 111 | counts
select
    year(observation_period_start_date) * 100 + month(observation_period_start_date) as stratum_1,
    count(distinct person_id) as count_value
from {cdm}.observation_period
group by all

-- 112 | counts
select
    year(observation_period_end_date) * 100 + month(observation_period_end_date) as stratum_1,
    count(distinct person_id) as count_value
from {cdm}.observation_period
group by all

-- 113 | counts
select periods.n as stratum_1, count(distinct periods.person_id) as count_value
from (
    select person_id, count(observation_period_start_date) as n
    from {cdm}.observation_period
    group by person_id
) as periods
group by all

-- 116 | counts
with years as (
    select distinct year(observation_period_start_date) as number
    from {cdm}.observation_period
)
select
    years.number as stratum_1,
    person.gender_concept_id as stratum_2,
    floor((years.number - person.year_of_birth) / 10)::bigint as stratum_3,
    count(distinct period.person_id) as count_value
from {persons} as person
inner join {cdm}.observation_period as period on person.person_id = period.person_id
inner join years
    on
        year(period.observation_period_start_date) <= years.number
        and year(period.observation_period_end_date) >= years.number
group by all

-- 117 | counts
with spans as (
    select
        person_id,
        greatest(observation_period_start_date, date '1900-01-01') as first_day,
        least(observation_period_end_date, date '2099-12-31') as last_day
    from {cdm}.observation_period
    where observation_period_start_date is not null and observation_period_end_date is not null
),
months as (
    select
        person_id,
        unnest(generate_series(
            year(first_day) * 12 + month(first_day) - 1, year(last_day) * 12 + month(last_day) - 1
        )) as number
    from spans
)
select
    (number // 12) * 100 + number % 12 + 1 as stratum_1,
    count(distinct person_id) as count_value
from months
group by all

-- 119 | counts
select period_type_concept_id as stratum_1, count(*) as count_value
from {cdm}.observation_period
group by all

-- 207 | counts
select count(visit.person_id) as count_value
from {cdm}.visit_occurrence as visit
anti join {cdm}.person as person on visit.person_id = person.person_id

-- 209 | counts
select count(visit.person_id) as count_value
from {cdm}.visit_occurrence as visit
anti join {cdm}.care_site as care_site on visit.care_site_id = care_site.care_site_id
where visit.care_site_id is not null

-- 210 | counts
select count(*) as count_value
from {cdm}.visit_occurrence as visit
anti join {cdm}.observation_period as period
    on
        visit.person_id = period.person_id
        and visit.visit_start_date >= period.observation_period_start_date
        and visit.visit_start_date <= period.observation_period_end_date

-- 212 | counts
with visited as (
    select distinct person_id, year(visit_start_date) as number
    from {cdm}.visit_occurrence
)
select
    visited.number as stratum_1,
    person.gender_concept_id as stratum_2,
    floor((visited.number - person.year_of_birth) / 10)::bigint as stratum_3,
    count(distinct person.person_id) as count_value
from {persons} as person
inner join visited on person.person_id = visited.person_id
group by all

-- 213 | distribution
-- The start is not asked to be before the end of the period: a visit that ends before it starts
-- is in the period by its end.
select
    visit.visit_concept_id as stratum_1,
    visit.visit_end_date - visit.visit_start_date as value
from {cdm}.visit_occurrence as visit
inner join {cdm}.observation_period as period
    on
        visit.person_id = period.person_id
        and visit.visit_start_date >= period.observation_period_start_date
        and coalesce(visit.visit_end_date, visit.visit_start_date)
        <= period.observation_period_end_date

-- 300 | counts
select count(distinct provider_id) as count_value from {cdm}.provider

-- 301 | counts
select specialty_concept_id as stratum_1, count(distinct provider_id) as count_value
from {cdm}.provider
group by all

-- 303 | counts
with visits as (
    select provider_id, visit_concept_id, count(*) as n
    from {cdm}.visit_occurrence
    where provider_id is not null
    group by all
)
select
    provider.specialty_concept_id as stratum_1,
    visits.visit_concept_id as stratum_2,
    sum(visits.n) as count_value
from {cdm}.provider
inner join visits on provider.provider_id = visits.provider_id
group by all

-- 325 | counts
select specialty_source_concept_id as stratum_1, count(*) as count_value
from {cdm}.provider
group by all

-- 500 | counts
select cause_concept_id as stratum_1, count(distinct person_id) as count_value
from {deaths} as death
group by all

-- 501 | counts
select cause_concept_id as stratum_1, count(*) as count_value
from {deaths} as death
group by all

-- 502 | counts
select
    year(death_date) * 100 + month(death_date) as stratum_1,
    count(distinct person_id) as count_value
from {deaths} as death
group by all

-- 504 | counts
select
    year(death.death_date) as stratum_1,
    person.gender_concept_id as stratum_2,
    floor((year(death.death_date) - person.year_of_birth) / 10)::bigint as stratum_3,
    count(distinct person.person_id) as count_value
from {persons} as person
inner join {deaths} as death on person.person_id = death.person_id
group by all

-- 505 | counts
select death_type_concept_id as stratum_1, count(*) as count_value
from {deaths} as death
group by all

-- 506 | distribution
select person.gender_concept_id as stratum_1, death.number - person.year_of_birth as value
from {cdm}.person
inner join (
    select person_id, min(year(death_date)) as number from {deaths} as death group by person_id
) as death using (person_id)

-- 525 | counts
select cause_source_concept_id as stratum_1, count(*) as count_value
from {cdm}.death
group by all

-- 814 | counts
select count(person_id) as count_value
from {cdm}.observation
where value_as_number is null and value_as_string is null and value_as_concept_id is null

-- 1100 | counts
select left(location.zip, 3) as stratum_1, count(distinct person.person_id) as count_value
from {cdm}.person
inner join {cdm}.location on person.location_id = location.location_id
where location.zip is not null
group by all

-- 1101 | counts
select location.state as stratum_1, count(distinct person.person_id) as count_value
from {cdm}.person
inner join {cdm}.location on person.location_id = location.location_id
where location.state is not null
group by all

-- 1102 | counts
select left(location.zip, 3) as stratum_1, count(distinct care_site.care_site_id) as count_value
from {cdm}.care_site
inner join {cdm}.location on care_site.location_id = location.location_id
where location.zip is not null
group by all

-- 1103 | counts
select location.state as stratum_1, count(distinct care_site.care_site_id) as count_value
from {cdm}.care_site
inner join {cdm}.location on care_site.location_id = location.location_id
where location.state is not null
group by all

-- 1200 | counts
select care_site.place_of_service_concept_id as stratum_1, count(person.person_id) as count_value
from {cdm}.person
inner join {cdm}.care_site on person.care_site_id = care_site.care_site_id
where care_site.place_of_service_concept_id is not null
group by all

-- 1201 | counts
with visits as (
    select care_site_id, count(visit_occurrence_id) as n
    from {cdm}.visit_occurrence
    where care_site_id is not null
    group by all
)
select care_site.place_of_service_concept_id as stratum_1, sum(visits.n) as count_value
from {cdm}.care_site
inner join visits on care_site.care_site_id = visits.care_site_id
where care_site.place_of_service_concept_id is not null
group by all

-- 1202 | counts
select place_of_service_concept_id as stratum_1, count(care_site_id) as count_value
from {cdm}.care_site
where place_of_service_concept_id is not null
group by all

-- 1406 | distribution
select person.gender_concept_id as stratum_1, cover.ended - cover.started as value
from {cdm}.person
inner join {first_cover} as cover using (person_id)

-- 1407 | distribution
select
    floor((year(cover.started) - person.year_of_birth) / 10)::bigint as stratum_1,
    cover.ended - cover.started as value
from {cdm}.person
inner join {first_cover} as cover using (person_id)

-- 1408 | counts
select
    trunc((cover.ended - cover.started) / 30)::bigint as stratum_1,
    count(distinct person_id) as count_value
from {cdm}.person
inner join {first_cover} as cover using (person_id)
group by all

-- 1409 | counts
with years as (
    select distinct year(payer_plan_period_start_date) as number
    from {cdm}.payer_plan_period
)
select years.number as stratum_1, count(distinct cover.person_id) as count_value
from {cdm}.payer_plan_period as cover
semi join {cdm}.person as person on cover.person_id = person.person_id
inner join years
    on
        year(cover.payer_plan_period_start_date) <= years.number
        and year(cover.payer_plan_period_end_date) >= years.number
group by all

-- 1410 | counts
with months as (
    select distinct date_trunc('month', payer_plan_period_start_date)::date as first_day
    from {cdm}.payer_plan_period
)
select
    year(months.first_day) * 100 + month(months.first_day) as stratum_1,
    count(distinct cover.person_id) as count_value
from {cdm}.payer_plan_period as cover
semi join {cdm}.person as person on cover.person_id = person.person_id
inner join months
    on
        cover.payer_plan_period_start_date <= months.first_day
        and cover.payer_plan_period_end_date >= last_day(months.first_day)
group by all

-- 1411 | counts
select
    date_trunc('month', cover.payer_plan_period_start_date)::date as stratum_1,
    count(distinct cover.person_id) as count_value
from {cdm}.payer_plan_period as cover
semi join {cdm}.person as person on cover.person_id = person.person_id
group by all

-- 1412 | counts
-- Its name states the month of the end; Achilles reads the start.
select
    date_trunc('month', cover.payer_plan_period_start_date)::date as stratum_1,
    count(distinct cover.person_id) as count_value
from {cdm}.payer_plan_period as cover
semi join {cdm}.person as person on cover.person_id = person.person_id
group by all

-- 1413 | counts
with covers as (
    select person_id, count(payer_plan_period_start_date) as n
    from {cdm}.payer_plan_period
    group by person_id
)
select covers.n as stratum_1, count(distinct covers.person_id) as count_value
from covers
semi join {cdm}.person as person on covers.person_id = person.person_id
group by all

-- 1425 | counts
select payer_source_concept_id as stratum_1, count(*) as count_value
from {cdm}.payer_plan_period
group by all

-- 1821 | counts
select count(person_id) as count_value
from {cdm}.measurement
where value_as_number is null

-- 2200 | counts
select note_type_concept_id as stratum_1, count(distinct person_id) as count_value
from {cdm}.note
group by all

-- 2201 | counts
select note_type_concept_id as stratum_1, count(person_id) as count_value
from {cdm}.note
group by all
