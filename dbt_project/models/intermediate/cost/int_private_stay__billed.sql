-- Private stays that DCIR bills too: a line of the same person and hospital during the stay.
with bills as (
    select distinct field, _source_year, finess, stay_number
    from {{ ref('int_hospital_money__unioned') }}
    where side = 'private'
),

stays as (
    select
        stays.field,
        stays._source_year,
        stays.finess,
        stays.stay_number,
        stays.person_id,
        stays.other_person_id,
        stays.care_date,
        stays.end_date,
        stays.is_day_known
    from {{ ref('int_hospital_stay__unioned') }} as stays
    inner join bills on {{ hospital_stay_join('stays', 'bills') }}
    where stays.excluded_by is null
),

lines as (
    select distinct
        classified.person_id,
        {{ finess8('classified.ETB_EXE_FIN') }} as short_finess,
        classified.care_date
    from {{ ref('int_dcir_line__classified') }} as classified
    where {{ keeps_cost('classified') }} and classified.ETB_EXE_FIN is not null
),

final as (
    select distinct stays.field, stays._source_year, stays.finess, stays.stay_number
    from stays
    inner join lines
        on
            {{ is_one_of('lines.person_id', 'stays') }}
            and {{ finess8('stays.finess') }} = lines.short_finess
            and {{ is_day_of_stay('lines.care_date', 'stays') }}
)

select * from final
