-- One medical unit of a stay. Units follow one another: each starts where the ones before it end.
with units as (
    select * from {{ ref('stg_mco__t_mcoaaum') }}
),

stays as (
    select * from {{ ref('int_mco_stay__placed') }}
),

earlier as (
    select
        units._row_id,
        {{ cdm_id('units._row_id') }} as visit_detail_id,
        coalesce(sum(others.PAR_DUR_SEJ), 0) as days_before
    from units
    left join units as others
        on
            {{ stay_join('units', 'others') }}
            and units.RUM_ORD_NUM > others.RUM_ORD_NUM
    group by units._row_id
),

placed as (
    select
        units._row_id,
        {{ cdm_id('units._row_id') }} as visit_detail_id,
        units._source_year,
        units.ETA_NUM,
        units.RSA_NUM,
        units.RUM_ORD_NUM,
        units.AUT_TYP1_UM,
        {{ icd10_code('units.DGN_PAL') }} as DGN_PAL,
        {{ icd10_code('units.DGN_REL') }} as DGN_REL,
        stays.visit_occurrence_id,
        stays.person_id,
        stays.visit_kind,
        least(
            {{ add_days('stays.care_date', 'earlier.days_before') }}, stays.end_date
        ) as start_date,
        stays.end_date as stay_end_date,
        units.PAR_DUR_SEJ
    from units
    inner join stays on {{ stay_join('units', 'stays') }}
    inner join earlier on units._row_id = earlier._row_id
),

final as (
    select
        placed.*,
        least(
            coalesce({{ add_days('start_date', 'PAR_DUR_SEJ') }}, stay_end_date), stay_end_date
        ) as end_date
    from placed
)

select * from final
