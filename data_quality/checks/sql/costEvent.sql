-- Costs whose event does not exist in the table that their domain names.
with events as (
    select 'Drug' as domain_id, drug_exposure_id as event_id from ${cdm.drug_exposure}
    union all
    select 'Procedure' as domain_id, procedure_occurrence_id as event_id
    from ${cdm.procedure_occurrence}
    union all
    select 'Visit' as domain_id, visit_occurrence_id as event_id from ${cdm.visit_occurrence}
    union all
    select 'Visit Detail' as domain_id, visit_detail_id as event_id from ${cdm.visit_detail}
    union all
    select 'Measurement' as domain_id, measurement_id as event_id from ${cdm.measurement}
    union all
    select 'Observation' as domain_id, observation_id as event_id from ${cdm.observation}
    union all
    select 'Device' as domain_id, device_exposure_id as event_id from ${cdm.device_exposure}
    union all
    select 'Condition' as domain_id, condition_occurrence_id as event_id
    from ${cdm.condition_occurrence}
)
select
    count(case when e.event_id is null then 1 end) as violated,
    count(*) as denominator
from ${cdm.cost} as c
left join (select distinct domain_id, event_id from events) as e
    on e.domain_id = c.cost_domain_id and e.event_id = c.cost_event_id
