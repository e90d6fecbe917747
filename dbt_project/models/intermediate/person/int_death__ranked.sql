-- R10: several tables know of a death; the first in the ladder is believed.
with persons as (
    select person_id, death_date, is_death_month_only, _row_id
    from {{ ref('int_person__identified') }}
    where death_date is not null
),

certificates as (
    select person_id, death_date, _row_id, DCD_CIM_COD
    from {{ ref('int_certificate__classified') }}
    where excluded_by is null and not is_superseded
),

lines as (
    select person_id, BEN_DCD_DTE, _row_id
    from {{ ref('int_dcir_line__surviving') }} as surviving
    where {{ r10_line_of_the_dead('surviving') }} and BEN_DCD_DTE is not null
),

unioned as (
    select
        person_id,
        death_date,
        _row_id,
        -- a month is less than the day that a certificate or a stay knows
        case when is_death_month_only then 4 else 1 end as ladder,
        {{ concept('type_concept', 'IR_BEN_DCD') }} as type_concept_id
    from persons
    union all
    select person_id, death_date, _row_id, 2, {{ concept('type_concept', 'CEPIDC') }}
    from certificates
    union all
    select person_id, death_date, _row_id, ladder, {{ concept('type_concept', 'PMSI_DEATH') }}
    from {{ ref('int_death__exited') }}
    union all
    select person_id, max(BEN_DCD_DTE), min(_row_id), 6, {{ concept('type_concept', 'DCIR') }}
    from lines
    group by person_id
),

placed as (
    select
        *,
        -- sorts by ladder, then latest date first, then first line
        cast(ladder as string)
        || lpad(cast({{ days_between('death_date', "date '2199-01-01'") }} as string), 6, '0')
        || lpad(cast(_row_id as string), 16, '0') as place
    from unioned
),

best as (
    select person_id, min(place) as place from placed
    group by person_id
),

final as (
    select
        placed.person_id,
        placed.death_date,
        placed.type_concept_id,
        placed._row_id,
        certificates._row_id as certificate_row_id,
        {{ icd10_code('certificates.DCD_CIM_COD') }} as cause_code
    from placed
    inner join best on placed.person_id = best.person_id and placed.place = best.place
    left join certificates on placed.person_id = certificates.person_id
)

select * from final
