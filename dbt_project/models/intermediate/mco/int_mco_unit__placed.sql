-- One medical unit of a stay. Units follow one another: each starts where the ones before it end.
-- They have no number before 2010; a table has no order: their kind stands for it.
{% set order -%}
partition by _source_year, ETA_NUM, RSA_NUM
            order by
                {{ to_integer('RUM_ORD_NUM') }} nulls last, AUT_TYP1_UM nulls last,
                PAR_DUR_SEJ nulls last, DGN_PAL nulls last, DGN_REL nulls last,
                ETA_NUM_GEO nulls last, _row_id
{%- endset -%}
{% set before = order ~ ' rows between unbounded preceding and 1 preceding' -%}
{% set just_before = order ~ ' rows between 1 preceding and 1 preceding' -%}
with units as (
    select * from {{ staged_once('T_MCOaaUM') }}
),

stays as (
    select * from {{ ref('int_mco_stay__placed') }}
),

earlier as (
    select
        _row_id,
        coalesce(sum(PAR_DUR_SEJ) over ({{ before }}), 0) as days_before,
        max(_row_id) over ({{ just_before }}) as preceding_row_id
    from units
),

placed as (
    select
        units._row_id,
        {{ cdm_id('units._row_id') }} as visit_detail_id,
        {{ cdm_id('earlier.preceding_row_id') }} as preceding_visit_detail_id,
        units._source_year,
        units.ETA_NUM,
        units.RSA_NUM,
        units.RUM_ORD_NUM,
        units.AUT_TYP1_UM,
        units.ETA_NUM_GEO,
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
