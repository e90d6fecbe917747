{{ config(materialized='view') }}
-- Every stay of the four fields under its key (R31), refused ones too.
with mco as (
    select * from {{ ref('int_mco_stay__classified') }}
    where not is_superseded
),

files as (
    select * from {{ ref('int_hospital_file__classified') }}
    where not is_superseded
),

stays as (
    select * from {{ ref('int_hospital_stay__chained') }}
),

final as (
    select
        'MCO' as field,
        _row_id,
        _source_year,
        ETA_NUM as finess,
        RSA_NUM as stay_number,
        person_id,
        other_person_id,
        {{ cdm_id('_row_id') }} as visit_occurrence_id,
        care_date,
        end_date,
        is_day_known,
        GRG_GHM as drg,
        excluded_by
    from mco
    union all
    select
        files.field,
        files._row_id,
        files._source_year,
        files.finess,
        files.stay_number,
        files.person_id,
        files.other_person_id,
        stays.visit_occurrence_id,
        files.care_date,
        coalesce(stays.end_date, files.end_date),
        files.first_day is not null,
        cast(null as string),
        files.excluded_by
    from files
    left join stays on files._row_id = stays._row_id
)

select * from final
