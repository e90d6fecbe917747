-- Acts that DCIR and PMSI both report: same person, same day, same code. The highest bits of an id
-- are the number of the source table.
with acts as (
    select
        person_id,
        procedure_date,
        procedure_source_value,
        cast(floor(procedure_occurrence_id / ${ids_of_a_table}) as integer) as origin
    from ${cdm.procedure_occurrence}
    cross join (select count(*) as n_files from ${audit.files} where fate = 'loaded') as ours
),
dcir as (
    select distinct
        person_id,
        procedure_date,
        procedure_source_value
    from acts
    where origin in ${tables_of_dcir}
)
select
    count(d.person_id) as violated,
    count(*) as denominator,
    count(distinct d.person_id) as persons
from acts as a
left join dcir as d
    on d.person_id = a.person_id
    and d.procedure_date = a.procedure_date
    and d.procedure_source_value = a.procedure_source_value
where a.origin in ${tables_of_hospitals}
