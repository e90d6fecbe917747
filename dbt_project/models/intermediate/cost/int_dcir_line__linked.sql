-- The event that a line is the cost of: its only drug, act, test or device; else its visit; else
-- the private stay that it was billed in; else, for a surcharge, the visit of its claim. Narrow on
-- purpose: a join of wide lines with all at once does not fit in memory on a national delivery.
with details as (
    select * from {{ ref('int_dcir_line__detailed') }}
),

visits as (
    select _row_id, {{ cdm_id('visit_row_id') }} as visit_occurrence_id
    from {{ ref('int_dcir_line__placed') }}
    where visit_row_id is not null
    union all
    select _row_id, visit_occurrence_id
    from {{ ref('int_private_line__placed') }}
    union all
    select _row_id, visit_occurrence_id
    from {{ ref('int_surcharge__placed') }}
),

final as (
    select
        coalesce(details.line_row_id, visits._row_id) as _row_id,
        coalesce(details.event_id, visits.visit_occurrence_id) as event_id,
        coalesce(details.domain, 'Visit') as domain
    from visits
    full outer join details on visits._row_id = details.line_row_id
)

select * from final
