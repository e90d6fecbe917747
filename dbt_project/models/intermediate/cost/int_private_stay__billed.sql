-- R22b: private stays that DCIR bills too: a line of a stay (ETE_MCO_DDP), that was paid and not
-- taken back, of the same person and hospital. Of two stays that meet on its day, the line is of
-- the one that begins. A consultation in the hospital on that day bills no stay.
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
        surviving.person_id,
        {{ finess8('surviving.ETB_EXE_FIN') }} as short_finess,
        surviving.care_date
    from {{ ref('int_dcir_line__surviving') }} as surviving
    where
        {{ keeps_cost('surviving') }}
        and surviving.is_private_stay
        and surviving.ETB_EXE_FIN is not null
        and (surviving.compulsory_share > 0 or surviving.PRS_PAI_MNT > 0)
),

met as (
    select
        stays.*,
        lines.person_id as line_person_id,
        lines.care_date as line_date
    from stays
    inner join lines
        on
            {{ is_one_of('lines.person_id', 'stays') }}
            and {{ finess8('stays.finess') }} = lines.short_finess
            and {{ is_day_of_stay('lines.care_date', 'stays') }}
),

nearest as (
    select line_person_id, finess, line_date, max(care_date) as care_date
    from met
    group by line_person_id, finess, line_date
),

final as (
    select distinct met.field, met._source_year, met.finess, met.stay_number
    from met
    inner join nearest
        on
            met.line_person_id = nearest.line_person_id
            and met.finess = nearest.finess
            and met.line_date = nearest.line_date
            and met.care_date = nearest.care_date
)

select * from final
