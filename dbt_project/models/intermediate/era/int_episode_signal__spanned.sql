-- Signals of one kind at most 8 weeks apart are one episode: no course of chemotherapy pauses
-- longer by design, and no second pregnancy can be lost sooner.
with signals as (
    select * from {{ ref('int_episode_signal__listed') }}
),

{{ era_spans('signals', ['person_id', 'kind'], days=56) }},

-- the signal of the smallest id names the episode; one code may have given several events
named as (
    select
        event_id,
        kind,
        min(source_vocabulary) as source_vocabulary,
        min(source_code) as source_code
    from signals
    group by event_id, kind
),

begun as (
    select
        spans.person_id,
        spans.kind,
        spans.first_event_id,
        max(signals.days_before) as days_before
    from spans
    inner join signals
        on
            spans.person_id = signals.person_id
            and spans.kind = signals.kind
            and signals.start_date between spans.start_date and spans.end_date
    group by spans.person_id, spans.kind, spans.first_event_id
),

final as (
    select
        spans.kind,
        {{ row_id_of('spans.first_event_id') }} as _row_id,
        spans.person_id,
        {{ add_days('spans.start_date', '-begun.days_before') }} as start_date,
        spans.end_date,
        named.source_vocabulary,
        named.source_code
    from spans
    inner join named on spans.first_event_id = named.event_id and spans.kind = named.kind
    inner join begun on spans.first_event_id = begun.first_event_id and spans.kind = begun.kind
)

select * from final
