-- R36: a stay that goes on over New Year has a new number in the new year; it is recognised by
-- person, hospital and first day. A first day that is known by its month only proves nothing.
with files as (
    select
        *,
        case when first_day is null then _row_id else 0 end as apart
    from {{ ref('int_hospital_file__classified') }}
    where excluded_by is null and not is_superseded
),

stays as (
    select
        field,
        person_id,
        finess,
        care_date,
        apart,
        min(_row_id) as visit_row_id,
        max(end_date) as end_date,
        max(coalesce(end_date, first_day)) is not null as is_last_day_known
    from files
    group by field, person_id, finess, care_date, apart
),

final as (
    select
        files.field,
        files.source_table,
        files._row_id,
        files._source_year,
        files.finess,
        files.stay_number,
        files.person_id,
        files.care_date,
        stays.end_date,
        stays.is_last_day_known,
        stays.visit_row_id,
        {{ cdm_id('stays.visit_row_id') }} as visit_occurrence_id
    from files
    inner join stays
        on
            files.field = stays.field
            and files.person_id = stays.person_id
            and files.finess = stays.finess
            and files.care_date = stays.care_date
            and files.apart = stays.apart
)

select * from final
