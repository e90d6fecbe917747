-- Abortions in town have no diagnosis and often no act of CCAM: the nature of the payment
-- identifies them (2411 intervention, 2422 package of a medical abortion).
with events as (
    select
        *,
        {{ episode_kind('source_vocabulary', 'source_code') }} as kind
    from {{ ref('int_event__routed') }}
    -- care recorded for both persons of a PSA is one course: that of the first
    where event_id > 0
),

town_acts as (
    select * from {{ ref('int_dcir_act__netted') }}
    where outcome = 'event' and PRS_NAT_REF in ('2411', '2422')
),

visits as (
    select * from {{ ref('int_dcir_visit__grouped') }}
),

pregnancies as (
    select * from {{ ref('int_pregnancy__dated') }}
),

stays as (
    select
        placed.visit_occurrence_id,
        max(case when summaries.DEL_REG_ENT between 14 and 310 then summaries.DEL_REG_ENT end)
            as period_days,
        max(7 * summaries.AGE_GES) as gestation_days
    from {{ ref('int_mco_stay__placed') }} as placed
    inner join {{ ref('stg_mco__t_mcoaab') }} as summaries on placed._row_id = summaries._row_id
    group by placed.visit_occurrence_id
),

signals as (
    select
        kind, event_id, person_id, start_date, coalesce(end_date, start_date) as end_date,
        visit_occurrence_id, source_vocabulary, source_code
    from events
    where kind is not null
    union all
    select
        'pregnancy_loss', {{ cdm_id('town_acts.carrier_row_id') }}, town_acts.person_id,
        town_acts.care_date, town_acts.care_date, visits.visit_occurrence_id, 'PRS_NAT_REF',
        town_acts.PRS_NAT_REF
    from town_acts
    left join visits
        on
            town_acts.person_id = visits.person_id
            and town_acts.care_date = visits.care_date
            and town_acts.visit_concept_id = visits.visit_concept_id
            and town_acts.performer = visits.performer
),

-- what happens during a pregnancy that ends with a birth did not end it
final as (
    select
        signals.kind,
        signals.event_id,
        signals.person_id,
        signals.start_date,
        signals.end_date,
        signals.visit_occurrence_id,
        signals.source_vocabulary,
        signals.source_code,
        case
            when signals.kind = 'pregnancy_loss'
                then coalesce(stays.period_days, stays.gestation_days, 0)
            else 0
        end as days_before
    from signals
    left join stays on signals.visit_occurrence_id = stays.visit_occurrence_id
    left join pregnancies
        on
            signals.kind = 'pregnancy_loss'
            and signals.person_id = pregnancies.person_id
            and signals.start_date between pregnancies.start_date and pregnancies.end_date
    where pregnancies.person_id is null
)

select * from final
