{{ config(materialized='view') }}
with acts as (
    select * from {{ ref('int_mco_act__dated') }}
    where excluded_by is null
),

final as (
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
        {{ concept('type_concept', 'PMSI_LINE') }} as type_concept_id,
        cast(null as integer) as status_concept_id,
        cast(null as string) as status_source_value,
        cast(1 as double) as quantity,
        modifier,
        cast(null as string) as provider_number,
        visit_occurrence_id,
        visit_detail_id
    from acts
)

select * from final
