-- R32: a diagnosis stands in several places of one stay; the strongest place keeps it, then the
-- first unit. That of a unit is dated in it; lines have no order.
{% set unit_order -%}
lpad(coalesce(cast(RUM_ORD_NUM as string), ''), 3, '0') || '|' || coalesce(AUT_TYP1_UM, '')
{%- endset -%}
with stays as (
    select * from {{ ref('int_mco_stay__placed') }}
),

units as (
    select * from {{ ref('int_mco_unit__placed') }}
),

associated as (
    select * from {{ staged_once('T_MCOaaD') }}
),

unioned as (
    select
        _row_id, _source_year, 0 as slot, 2 as slots, 1 as strength, 'DP' as diagnosis_role,
        visit_occurrence_id, cast(null as bigint) as visit_detail_id, care_date as start_date,
        cast(null as string) as unit,
        {{ icd10_code('DGN_PAL') }} as source_code
    from stays
    union all
    select
        _row_id, _source_year, 1, 2, 2, 'DR',
        visit_occurrence_id, null, care_date, null, {{ icd10_code('DGN_REL') }}
    from stays
    union all
    select
        _row_id, _source_year, 0, 2, 3, 'DP_RUM', visit_occurrence_id, visit_detail_id, start_date,
        {{ unit_order }}, DGN_PAL
    from units
    union all
    select
        _row_id, _source_year, 1, 2, 4, 'DR_RUM', visit_occurrence_id, visit_detail_id, start_date,
        {{ unit_order }}, DGN_REL
    from units
    union all
    select
        associated._row_id, associated._source_year, 0, 1, 5, 'DAS',
        stays.visit_occurrence_id, null, stays.care_date, null,
        {{ icd10_code('associated.ASS_DGN') }}
    from associated
    inner join stays on {{ stay_join('associated', 'stays') }}
),

coded as (
    select
        *,
        -- its minimum names the place that keeps the diagnosis
        cast(strength as string) || coalesce(cast(start_date as string), '')
        || '|' || coalesce(unit, '') || '|' || lpad(cast(_row_id as string), 16, '0') as place
    from unioned
    where source_code is not null
),

strongest as (
    select visit_occurrence_id, source_code, min(place) as place
    from coded
    group by visit_occurrence_id, source_code
),

final as (
    select
        coded._row_id,
        coded._source_year,
        coded.slot,
        coded.slots,
        coded.diagnosis_role,
        coded.visit_occurrence_id,
        coded.visit_detail_id,
        coded.start_date,
        coded.source_code,
        (coded.place is not distinct from strongest.place) as is_kept,
        cast(right(strongest.place, 16) as bigint) as carrier_row_id
    from coded
    inner join strongest
        on
            coded.visit_occurrence_id = strongest.visit_occurrence_id
            and coded.source_code = strongest.source_code
)

select * from final
