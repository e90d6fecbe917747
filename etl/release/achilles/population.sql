-- Persons, observation, deaths, cover: one query per analysis.
-- Before each: `-- id | counts or distribution | category | strata, … | name`.
-- A query of counts yields stratum_1… and count_value; one of a distribution yields stratum_1…
-- and one `value` per subject. Schemas: {cdm}. Shared relations: {ages}, {first_periods}, {deaths}.

-- 0 | counts | General | | Source, version and date of this characterisation
select
    any_value(cdm_source_abbreviation) as stratum_1,
    '{version}' as stratum_2,
    any_value(cdm_release_date) as stratum_3,
    (select count(*) from {cdm}.person) as count_value
from {cdm}.cdm_source

-- 1 | counts | Person | | Persons
select count(*) as count_value
from {cdm}.person

-- 2 | counts | Person | gender_concept_id | Persons by gender
select gender_concept_id as stratum_1, count(*) as count_value
from {cdm}.person
group by all

-- 3 | counts | Person | year_of_birth | Persons by year of birth
select year_of_birth as stratum_1, count(*) as count_value
from {cdm}.person
group by all

-- 4 | counts | Person | race_concept_id | Persons by race
select race_concept_id as stratum_1, count(*) as count_value
from {cdm}.person
group by all

-- 5 | counts | Person | ethnicity_concept_id | Persons by ethnicity
select ethnicity_concept_id as stratum_1, count(*) as count_value
from {cdm}.person
group by all

-- 10 | counts | Person | year_of_birth, gender_concept_id | Persons by year of birth and gender
select year_of_birth as stratum_1, gender_concept_id as stratum_2, count(*) as count_value
from {cdm}.person
group by all

-- 101 | counts | Person | age | Persons by age at first observation
select age as stratum_1, count(*) as count_value
from {ages}
group by all

-- 102 | counts | Person | gender_concept_id, age | Persons by gender and age at first observation
select gender_concept_id as stratum_1, age as stratum_2, count(*) as count_value
from {ages}
group by all

-- 103 | distribution | Observation Period | | Age at first observation
select age as value
from {ages}

-- 104 | distribution | Observation Period | gender_concept_id | Age at first observation by gender
select gender_concept_id as stratum_1, age as value
from {ages}

-- 105 | distribution | Observation Period | | Days of the first observation period
select length as value
from {first_periods}

-- 108 | counts | Observation Period | 30 days | Persons by length of first observation, in 30 days
select length // 30 as stratum_1, count(*) as count_value
from {first_periods}
group by all

-- 110 | counts | Observation Period | month | Persons observed during a whole month
with months as (
    select distinct date_trunc('month', observation_period_start_date)::date as first_day
    from {cdm}.observation_period
)
select
    year(first_day) * 100 + month(first_day) as stratum_1,
    count(distinct period.person_id) as count_value
from {cdm}.observation_period as period
inner join months
    on
        period.observation_period_start_date <= months.first_day
        and period.observation_period_end_date >= last_day(months.first_day)
group by all

-- 111 | counts | Observation Period | month | Persons by month of start of observation
select
    year(observation_period_start_date) * 100 + month(observation_period_start_date) as stratum_1,
    count(distinct person_id) as count_value
from {cdm}.observation_period
group by all

-- 112 | counts | Observation Period | month | Persons by month of end of observation
select
    year(observation_period_end_date) * 100 + month(observation_period_end_date) as stratum_1,
    count(distinct person_id) as count_value
from {cdm}.observation_period
group by all

-- 113 | counts | Observation Period | periods | Persons by number of observation periods
with periods as (
    select person_id, count(*) as n
    from {cdm}.observation_period
    group by all
)
select n as stratum_1, count(*) as count_value
from periods
group by all

-- 117 | counts | Observation Period | month | Persons observed at least one day of a month
with months as (
    select
        person_id,
        unnest(
            generate_series(
                date_trunc('month', observation_period_start_date),
                observation_period_end_date,
                interval 1 month
            )
        ) as first_day
    from {cdm}.observation_period
)
select
    year(first_day) * 100 + month(first_day) as stratum_1,
    count(distinct person_id) as count_value
from months
group by all

-- 500 | counts | Death | cause_concept_id | Persons dead by cause
select cause_concept_id as stratum_1, count(distinct person_id) as count_value
from {deaths}
group by all

-- 501 | counts | Death | cause_concept_id | Records of death by cause
select cause_concept_id as stratum_1, count(*) as count_value
from {deaths}
group by all

-- 502 | counts | Death | month | Persons dead by month
select
    year(death_date) * 100 + month(death_date) as stratum_1,
    count(distinct person_id) as count_value
from {deaths}
group by all

-- 505 | counts | Death | death_type_concept_id | Records of death by kind of record
select death_type_concept_id as stratum_1, count(*) as count_value
from {deaths}
group by all

-- 1411 | counts | Payer Plan Period | first day of month | Persons by month of start of cover
select
    date_trunc('month', payer_plan_period_start_date)::date as stratum_1,
    count(distinct person_id) as count_value
from {cdm}.payer_plan_period
group by all
