{{ config(materialized='view') }}
-- The French source concept of each nature of act (PRS_NAT_REF) that the registry of ids holds.
with final as (
    select
        source_code as PRS_NAT_REF,
        max(source_concept_id) as source_concept_id
    from {{ ref('stg_vocabulary__code_map') }}
    where source_vocabulary = 'PRS_NAT_REF'
    group by source_code
)

select * from final
