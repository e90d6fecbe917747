with structural_map as (
    select * from {{ ref('stg_vocabulary__structural_map') }}
),

final as (
    select
        source_code as PRS_NAT_REF,
        target_concept_id as visit_concept_id,
        gives_event
    from structural_map
    where map = 'prs_nat_ref'
)

select * from final
