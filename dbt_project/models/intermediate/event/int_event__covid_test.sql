{{ config(materialized='view') }}
-- The code is that of the kind of test; the result is in value_source_value.
with tests as (
    select * from {{ ref('int_covid_test__classified') }}
    where excluded_by is null and not is_superseded
),

final as (
    select
        _row_id,
        0 as slot,
        1 as slots,
        person_id,
        'TES_TYP_COD' as source_vocabulary,
        source_code,
        'Measurement' as default_domain,
        care_date as start_date,
        cast(null as date) as end_date,
        {{ concept('type_concept', 'SI_DEP') }} as type_concept_id,
        cast(null as integer) as status_concept_id,
        cast(null as string) as status_source_value,
        cast(null as double) as quantity,
        TES_RES_COD as modifier,
        cast(null as string) as provider_number,
        cast(null as bigint) as visit_occurrence_id,
        cast(null as bigint) as visit_detail_id
    from tests
)

select * from final
