-- A visit is a person, a hospital and a day. Until 2019 only the month of an act is known: each act
-- is then a visit of its own, for a month of care is not one visit.
with acts as (
    select
        *,
        case when day_is_known then 0 else _row_id end as apart
    from {{ ref('int_rip_ambulatory__classified') }}
    where excluded_by is null
),

visits as (
    select person_id, finess, care_date, apart, min(_row_id) as visit_row_id
    from acts
    group by person_id, finess, care_date, apart
),

final as (
    select
        acts._row_id,
        acts._source_year,
        acts.finess,
        acts.ORD_NUM,
        acts.DGN_PAL,
        acts.person_id,
        acts.care_date,
        visits.visit_row_id,
        {{ cdm_id('visits.visit_row_id') }} as visit_occurrence_id
    from acts
    inner join visits
        on
            acts.person_id = visits.person_id
            and acts.finess = visits.finess
            and acts.care_date = visits.care_date
            and acts.apart = visits.apart
)

select * from final
