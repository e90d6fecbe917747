-- One row per event and standard concept; left joins only: an unmapped code keeps its row. A source
-- row has 32 ids: targets beyond them are counted in audit.left_targets. A procedure that an act of
-- the stay names too is that of the act.
with events as (
    select * from {{ ref('int_event__unioned') }}
),

codes as (
    select * from {{ ref('int_code__resolved') }}
),

providers as (
    select * from {{ ref('int_provider__resolved') }}
),

repeated as (
    select * from {{ ref('int_event__repeated') }}
),

routed as (
    select
        {{ cdm_id(
            'events._row_id', 'events.slot', 'coalesce(codes.target_rank, 0)', 'events.slots'
        ) }} as event_id,
        {{ routed_domain(
            'coalesce(codes.target_concept_id, 0)', 'codes.target_domain_id', 'events.default_domain'
        ) }} as domain,
        events.person_id,
        coalesce(codes.target_concept_id, 0) as concept_id,
        codes.value_as_concept_id,
        events.start_date,
        events.end_date,
        events.type_concept_id,
        events.status_concept_id,
        events.status_source_value,
        events.quantity,
        events.value_as_number,
        events.range_low,
        events.range_high,
        events.unit,
        events.lot_number,
        events.modifier,
        providers.provider_id,
        events.visit_occurrence_id,
        events.visit_detail_id,
        events.source_vocabulary,
        events.source_code,
        coalesce(codes.source_concept_id, 0) as source_concept_id,
        coalesce(codes.method, 'none') as method,
        codes.equivalence
    from events
    left join codes
        on
            events.source_vocabulary = codes.source_vocabulary
            and events.source_code = codes.source_code
    left join providers on events.provider_number = providers.provider_number
    where coalesce(codes.target_rank, 0) * events.slots + events.slot < 32
),

final as (
    select routed.*
    from routed
    left join repeated on routed.event_id = repeated.event_id
    where repeated.event_id is null
)

select * from final
