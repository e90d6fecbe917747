{{ config(materialized='view') }}
with acts as (
    select
        acts.*,
        coalesce(acts.visit_detail_id, located.visit_detail_id) as part_id
    from {{ ref('int_mco_act__dated') }} as acts
    left join {{ ref('int_mco_event__located') }} as located on acts._row_id = located._row_id
    where acts.excluded_by is null
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
        part_id as visit_detail_id
    from acts
)

select * from final
