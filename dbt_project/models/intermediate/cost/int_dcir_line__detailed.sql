-- Lines that gave exactly one drug, act, test or device: their money is that event's. A line that
-- gave several is not shared out between them (R22): its money is the visit's.
with details as (
    select * from {{ ref('int_dcir_detail__classified') }}
    where excluded_by is null and not is_superseded
),

netted as (
    select * from {{ ref('int_dcir_detail__netted') }}
    where outcome = 'event'
),

events as (
    select event_id, domain from {{ ref('int_event__routed') }}
),

single as (
    select details.line_row_id, min(netted.carrier_row_id) as carrier_row_id
    from details
    inner join netted
        on
            details.source_table = netted.source_table
            and details.person_id = netted.person_id
            and details.care_date = netted.care_date
            and details.source_vocabulary = netted.source_vocabulary
            and details.source_code = netted.source_code
            and details.part = netted.part
            and details.professionals = netted.professionals
    group by details.line_row_id
    having count(*) = 1
),

final as (
    select single.line_row_id, events.event_id, events.domain
    from single
    inner join events on {{ cdm_id('single.carrier_row_id') }} = events.event_id
)

select * from final
