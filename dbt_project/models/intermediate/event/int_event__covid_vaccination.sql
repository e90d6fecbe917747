{{ config(materialized='view') }}
with injections as (
    select * from {{ ref('int_covid_vaccination__classified') }}
    where excluded_by is null and not is_superseded
),

final as (
    select
        _row_id,
        0 as slot,
        1 as slots,
        person_id,
        source_vocabulary,
        source_code,
        'Drug' as default_domain,
        care_date as start_date,
        care_date as end_date,
        {{ concept('type_concept', 'VAC_SI') }} as type_concept_id,
        cast(null as integer) as status_concept_id,
        cast(null as string) as status_source_value,
        cast(1 as double) as quantity,
        'dose' as unit,
        cast(null as string) as lot_number,
        cast(null as string) as modifier,
        PFS_EXE_NUM as provider_number,
        cast(null as bigint) as visit_occurrence_id,
        cast(null as bigint) as visit_detail_id
    from injections
)

select * from final
