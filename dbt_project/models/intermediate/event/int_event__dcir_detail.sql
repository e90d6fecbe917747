{{ config(materialized='view') }}
with details as (
    select * from {{ ref('int_dcir_detail__netted') }}
    where outcome = 'event'
),

classified as (
    select * from {{ ref('int_dcir_detail__classified') }}
),

visits as (
    select * from {{ ref('int_dcir_visit__grouped') }}
),

final as (
    select
        details.carrier_row_id as _row_id,
        0 as slot,
        1 as slots,
        details.person_id,
        details.source_vocabulary,
        details.source_code,
        case details.source_table
            when 'ER_PHA_F' then 'Drug'
            when 'ER_BIO_F' then 'Measurement'
            else 'Procedure'
        end as default_domain,
        details.care_date as start_date,
        case when details.source_table = 'ER_PHA_F'
            then {{ add_days('details.care_date', var('drug_exposure_days') - 1) }}
        end as end_date,
        case details.source_table
            when 'ER_PHA_F' then {{ concept('pharmacy_claim') }}
            when 'ER_BIO_F' then {{ concept('outpatient_claim') }}
            else {{ concept('professional_claim') }}
        end as type_concept_id,
        cast(null as integer) as status_concept_id,
        cast(null as varchar) as status_source_value,
        cast(details.quantity as double) as quantity,
        details.modifier,
        -- a product or a test is somebody's prescription, an act is somebody's work
        case when details.source_table in ('ER_PHA_F', 'ER_BIO_F')
            then classified.PFS_PRE_NUM
            else classified.PFS_EXE_NUM
        end as provider_number,
        visits.visit_occurrence_id,
        cast(null as bigint) as visit_detail_id
    from details
    inner join classified on details.carrier_row_id = classified._row_id
    left join visits
        on
            classified.person_id = visits.person_id
            and classified.care_date = visits.care_date
            and classified.visit_concept_id = visits.visit_concept_id
            and classified.performer = visits.performer
)

select * from final
