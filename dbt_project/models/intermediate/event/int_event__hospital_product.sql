{{ config(materialized='view') }}
with products as (
    select
        products.*,
        coalesce(products.visit_detail_id, located.visit_detail_id) as part_id
    from {{ ref('int_hospital_product__classified') }} as products
    left join {{ ref('int_mco_event__located') }} as located on products._row_id = located._row_id
    where products.excluded_by is null
),

final as (
    select
        _row_id,
        slot,
        slots,
        person_id,
        source_vocabulary,
        source_code,
        case source_vocabulary
            when 'UCD' then 'Drug'
            when 'NABM' then 'Measurement'
            else 'Device'
        end as default_domain,
        start_date,
        case when source_vocabulary = 'UCD' then start_date end as end_date,
        {{ concept('type_concept', 'PMSI_LINE') }} as type_concept_id,
        cast(null as integer) as status_concept_id,
        cast(null as string) as status_source_value,
        quantity,
        cast(null as string) as modifier,
        cast(null as string) as provider_number,
        visit_occurrence_id,
        part_id as visit_detail_id
    from products
)

select * from final
