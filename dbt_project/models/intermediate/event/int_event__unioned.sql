{{ config(materialized='view') }}
-- The stem: every coded event in one shape, before its code is known to be a condition, a drug, an
-- act… `default_domain` is where it goes when its code has no target.
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

diagnoses as (
    select * from {{ ref('int_mco_diagnosis__ranked') }}
    where is_kept
),

stays as (
    select * from {{ ref('int_mco_stay__placed') }}
),

acts as (
    select * from {{ ref('int_mco_act__dated') }}
    where excluded_by is null
),

long_term_diseases as (
    select * from {{ ref('int_long_term_disease__classified') }}
    where excluded_by is null and not is_superseded
),

dcir_details as (
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
),

mco_diagnoses as (
    select
        diagnoses._row_id,
        diagnoses.slot,
        diagnoses.slots,
        stays.person_id,
        'CIM10' as source_vocabulary,
        diagnoses.source_code,
        'Condition' as default_domain,
        stays.care_date as start_date,
        cast(null as date) as end_date,
        {{ concept('inpatient_claim') }} as type_concept_id,
        case diagnoses.diagnosis_role
            when 'DP' then {{ concept('primary_diagnosis') }}
            else {{ concept('secondary_diagnosis') }}
        end as status_concept_id,
        diagnoses.diagnosis_role as status_source_value,
        cast(null as double) as quantity,
        cast(null as varchar) as modifier,
        cast(null as varchar) as provider_number,
        stays.visit_occurrence_id,
        diagnoses.visit_detail_id
    from diagnoses
    inner join stays on diagnoses.visit_occurrence_id = stays.visit_occurrence_id
),

mco_acts as (
    select
        _row_id,
        0 as slot,
        1 as slots,
        person_id,
        'CCAM' as source_vocabulary,
        source_code,
        'Procedure' as default_domain,
        act_date as start_date,
        cast(null as date) as end_date,
        {{ concept('inpatient_claim_detail') }} as type_concept_id,
        cast(null as integer) as status_concept_id,
        cast(null as varchar) as status_source_value,
        cast(1 as double) as quantity,
        modifier,
        cast(null as varchar) as provider_number,
        visit_occurrence_id,
        cast(null as bigint) as visit_detail_id
    from acts
),

beneficiary_diseases as (
    select
        _row_id,
        0 as slot,
        1 as slots,
        person_id,
        'CIM10' as source_vocabulary,
        source_code,
        'Condition' as default_domain,
        care_date as start_date,
        end_date,
        {{ concept('claim_enrolment_record') }} as type_concept_id,
        {{ concept('confirmed_diagnosis') }} as status_concept_id,
        'ALD' as status_source_value,
        cast(null as double) as quantity,
        cast(null as varchar) as modifier,
        cast(null as varchar) as provider_number,
        cast(null as bigint) as visit_occurrence_id,
        cast(null as bigint) as visit_detail_id
    from long_term_diseases
),

final as (
    select * from dcir_details
    union all
    select * from mco_diagnoses
    union all
    select * from mco_acts
    union all
    select * from beneficiary_diseases
)

select * from final
