-- Costs whose event does not exist in the table that their domain names.
with matched as (
    select count(*) as n
    from ${cdm.cost}
    where cost_domain_id = 'Drug'
        and cost_event_id in (select drug_exposure_id from ${cdm.drug_exposure})
    union all
    select count(*) as n
    from ${cdm.cost}
    where cost_domain_id = 'Procedure'
        and cost_event_id in (select procedure_occurrence_id from ${cdm.procedure_occurrence})
    union all
    select count(*) as n
    from ${cdm.cost}
    where cost_domain_id = 'Visit'
        and cost_event_id in (select visit_occurrence_id from ${cdm.visit_occurrence})
    union all
    select count(*) as n
    from ${cdm.cost}
    where cost_domain_id = 'Visit Detail'
        and cost_event_id in (select visit_detail_id from ${cdm.visit_detail})
    union all
    select count(*) as n
    from ${cdm.cost}
    where cost_domain_id = 'Measurement'
        and cost_event_id in (select measurement_id from ${cdm.measurement})
    union all
    select count(*) as n
    from ${cdm.cost}
    where cost_domain_id = 'Observation'
        and cost_event_id in (select observation_id from ${cdm.observation})
    union all
    select count(*) as n
    from ${cdm.cost}
    where cost_domain_id = 'Device'
        and cost_event_id in (select device_exposure_id from ${cdm.device_exposure})
    union all
    select count(*) as n
    from ${cdm.cost}
    where cost_domain_id = 'Condition'
        and cost_event_id in (select condition_occurrence_id from ${cdm.condition_occurrence})
),
costs as (
    select count(*) as n
    from ${cdm.cost}
),
found as (
    select sum(n) as n
    from matched
)
select
    cast(costs.n - found.n as bigint) as violated,
    costs.n as denominator
from costs
cross join found
