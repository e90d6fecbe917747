-- A pregnancy is known by the stay that ends it (Z37, outcome of delivery). It begins with the last
-- period (DEL_REG_ENT, days before admission), else the weeks of gestation of mother or child;
-- without either, with the stay.
with deliveries as (
    select
        visit_occurrence_id,
        min(source_code) as source_code
    from {{ ref('int_mco_diagnosis__ranked') }}
    where source_code like 'Z37%'
    group by visit_occurrence_id
),

stays as (
    select * from {{ ref('int_mco_stay__placed') }}
),

summaries as (
    select _row_id, AGE_GES, DEL_REG_ENT from {{ ref('stg_mco__t_mcoaab') }}
),

births as (
    select mother_row_id, max(gestation_weeks) as gestation_weeks
    from {{ ref('int_birth__linked') }}
    group by mother_row_id
),

measured as (
    select
        stays._row_id,
        stays.person_id,
        stays.visit_occurrence_id,
        deliveries.source_code,
        stays.care_date,
        stays.end_date,
        case
            when summaries.DEL_REG_ENT between 100 and 310 then summaries.DEL_REG_ENT
            else 7 * coalesce(summaries.AGE_GES, births.gestation_weeks, 0)
        end as gestation_days
    from deliveries
    inner join stays on deliveries.visit_occurrence_id = stays.visit_occurrence_id
    inner join summaries on stays._row_id = summaries._row_id
    left join births on stays._row_id = births.mother_row_id
),

final as (
    select
        _row_id,
        person_id,
        visit_occurrence_id,
        source_code,
        {{ add_days('care_date', '-gestation_days') }} as start_date,
        end_date
    from measured
)

select * from final
