-- Of the persons that the referential may not hold as observed (R50, R51), those who had care:
-- lines that remain after their corrections (R20), and visits of any product.
with doubted as (
    select person_id
    from {{ ref('int_person__identified') }}
    where is_archived_only or is_never_a_consumer
),

lines as (
    select classified.person_id, classified.care_date
    from {{ ref('int_dcir_line__classified') }} as classified
    inner join doubted on classified.person_id = doubted.person_id
    where {{ keeps_cost('classified') }}
    group by classified.person_id, classified.care_date, classified.PRS_NAT_REF
    having sum(coalesce(classified.PRS_ACT_QTE, 1)) > 0
),

visits as (
    select visits.person_id, visits.start_date as care_date
    from {{ ref('int_visit__unioned') }} as visits
    inner join doubted on visits.person_id = doubted.person_id
),

cared as (
    select * from lines
    union all
    select * from visits
),

final as (
    select
        person_id,
        min(case when care_date > {{ last_day_of_the_archive() }} then care_date end)
            as first_care_after_the_archive
    from cared
    group by person_id
)

select * from final
