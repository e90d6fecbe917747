with person_rows as (
    select * from {{ ref('int_person_row__classified') }}
),

persons as (
    select * from {{ ref('int_person__identified') }}
),

rights as (
    select * from {{ ref('int_right__bridged') }}
),

registry as (
    select * from {{ ref('int_person__numbered') }}
),

long_term_diseases as (
    select * from {{ ref('int_long_term_disease__classified') }}
),

plans as (
    select * from {{ ref('int_plan__classified') }}
),

merged as (
    select * from {{ ref('int_plan__merged') }}
),

doctors as (
    select * from {{ ref('int_referring_doctor__classified') }}
),

providers as (
    select * from {{ ref('int_provider__resolved') }}
),

person_dispositions as (
    select
        person_rows.source_table,
        person_rows._source_year,
        person_rows._row_id,
        case
            when person_rows.is_superseded then 'superseded'
            when person_rows.excluded_by is not null then 'excluded'
            when persons._row_id = person_rows._row_id then 'event'
            else 'merged'
        end as disposition,
        case when not person_rows.is_superseded then person_rows.excluded_by end as rule_id,
        persons._row_id as carrier_row_id
    from person_rows
    left join rights
        on
            person_rows.BEN_NIR_PSA = rights.BEN_NIR_PSA
            and person_rows.BEN_RNG_GEM = rights.BEN_RNG_GEM
    -- a PSA without rank that several persons bear is no right of one of them
    left join registry on person_rows.person_key = registry.person_key
    left join persons on coalesce(rights.person_id, registry.person_id) = persons.person_id
),

disease_dispositions as (
    select
        'IR_IMB_R' as source_table,
        _source_year,
        _row_id,
        case
            when excluded_by is not null then 'excluded'
            when is_superseded then 'superseded'
            else 'event'
        end as disposition,
        coalesce(excluded_by, case when is_superseded then 'R40' end) as rule_id,
        _row_id as carrier_row_id
    from long_term_diseases
),

plan_dispositions as (
    select
        plans.source_table,
        plans._source_year,
        plans._row_id,
        case
            when plans.excluded_by is not null then 'excluded'
            when merged.carrier_row_id = plans._row_id then 'event'
            else 'merged'
        end as disposition,
        plans.excluded_by as rule_id,
        merged.carrier_row_id
    from plans
    left join merged on plans._row_id = merged._row_id
),

-- the last doctor declared is written on the person; the earlier ones are written nowhere
doctor_dispositions as (
    select
        'IR_MTT_R' as source_table,
        doctors._source_year,
        doctors._row_id,
        case
            when doctors.excluded_by is not null then 'excluded'
            when not doctors.is_last then 'context'
            when providers._row_id = doctors._row_id then 'event'
            else 'merged'
        end as disposition,
        doctors.excluded_by as rule_id,
        case when doctors.is_last then persons._row_id end as carrier_row_id
    from doctors
    left join persons on doctors.person_id = persons.person_id
    left join providers on doctors.provider_number = providers.provider_number
),

final as (
    select * from doctor_dispositions
    union all
    select * from plan_dispositions
    union all
    select * from person_dispositions
    union all
    select * from disease_dispositions
)

select * from final
