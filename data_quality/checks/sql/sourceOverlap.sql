-- Acts that DCIR and PMSI both tell: same person, same day, same code. The table of origin is in
-- the seven highest bits of the id (2^46 = 32 variants x 28 bits of line x 13 bits of chunk).
with acts as (
    select
        person_id,
        procedure_date,
        procedure_source_value,
        cast(floor(procedure_occurrence_id / 70368744177664.0) as integer) as origin
    from ${cdm.procedure_occurrence}
    cross join (select count(*) as n_files from ${audit.files} where fate = 'loaded') as ours
),
dcir as (
    select distinct
        person_id,
        procedure_date,
        procedure_source_value
    from acts
    where origin between 20 and 33
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
where a.origin between 40 and 117
