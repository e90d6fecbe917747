{{ config(materialized='view') }}
with units as (
    select * from {{ ref('int_mco_unit__placed') }}
),

final as (
    select
        visit_detail_id,
        preceding_visit_detail_id,
        visit_occurrence_id,
        person_id,
        start_date,
        end_date,
        coalesce(AUT_TYP1_UM, visit_kind) as source_value,
        -- authorised for resuscitation (01 adults, 06 newborns, 13 children) or intensive care (02,
        -- 05 newborns, 18 stroke); the codes of 2006 to 2009 are others
        case
            when
                _source_year >= 2010
                and substr(AUT_TYP1_UM, 1, 2) in ('01', '02', '05', '06', '13', '18')
                then 'MCO_REA'
            else visit_kind
        end as visit_kind,
        ETA_NUM_GEO as site
    from units
)

select * from final
