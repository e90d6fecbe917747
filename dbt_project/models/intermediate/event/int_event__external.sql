{{ config(materialized='view') }}
with lines as (
    select * from {{ ref('int_external_line__classified') }}
    where excluded_by is null and source_vocabulary is not null
),

visits as (
    select * from {{ ref('int_external_visit__grouped') }}
),

final as (
    select
        lines._row_id,
        0 as slot,
        1 as slots,
        lines.person_id,
        lines.source_vocabulary,
        lines.source_code,
        case lines.source_vocabulary
            when 'CCAM' then 'Procedure'
            when 'NABM' then 'Measurement'
            when 'UCD' then 'Drug'
            else 'Device'
        end as default_domain,
        lines.start_date,
        case when lines.source_vocabulary = 'UCD' then lines.start_date end as end_date,
        {{ concept('type_concept', 'PMSI_ACE_LINE') }} as type_concept_id,
        cast(null as integer) as status_concept_id,
        cast(null as string) as status_source_value,
        lines.quantity,
        lines.modifier,
        cast(null as string) as provider_number,
        visits.visit_occurrence_id,
        cast(null as bigint) as visit_detail_id
    from lines
    inner join visits
        on
            lines.field = visits.field
            and lines.person_id = visits.person_id
            and lines.finess = visits.finess
            and lines.care_date = visits.care_date
            and lines.apart = visits.apart
)

select * from final
