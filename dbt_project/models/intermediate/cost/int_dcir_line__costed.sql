-- What each line cost, and the event it is the cost of: its only drug, act, test or device; else
-- its visit; else the private stay that it was billed in; else the person (transport, allowance,
-- surcharge).
with lines as (
    select classified.*
    from {{ ref('int_dcir_line__classified') }} as classified
    where {{ keeps_cost('classified') }}
),

details as (
    select * from {{ ref('int_dcir_line__detailed') }}
),

visits as (
    select * from {{ ref('int_dcir_visit__grouped') }}
),

stays as (
    select * from {{ ref('int_visit__mco') }}
),

billed_stays as (
    select lines._row_id, min(stays.visit_occurrence_id) as visit_occurrence_id
    from lines
    inner join stays
        on
            lines.excluded_by = 'R18'
            and lines.person_id = stays.person_id
            and {{ finess9('lines.ETB_EXE_FIN') }} = stays.finess
            and lines.care_date between stays.start_date and stays.end_date
    group by lines._row_id
),

payers as (
    select * from {{ ref('int_payer__dated') }}
),

final as (
    select
        lines._row_id,
        coalesce(
            details.event_id,
            visits.visit_occurrence_id,
            billed_stays.visit_occurrence_id,
            lines.person_id
        ) as cost_event_id,
        case
            when details.event_id is not null then details.domain
            when coalesce(visits.visit_occurrence_id, billed_stays.visit_occurrence_id) is not null
                then 'Visit'
            else 'Person'
        end as cost_domain_id,
        lines.PRS_NAT_REF,
        lines.PRS_PAI_MNT,
        lines.BSE_REM_BSE,
        lines.compulsory_share,
        payers.payer_plan_period_id
    from lines
    left join details on lines._row_id = details.line_row_id
    left join visits
        on
            lines.excluded_by is null
            and {{ first_rule([r23_no_event('lines')]) }} is null
            and lines.person_id = visits.person_id
            and lines.care_date = visits.care_date
            and lines.visit_concept_id = visits.visit_concept_id
            and lines.performer = visits.performer
    left join billed_stays on lines._row_id = billed_stays._row_id
    left join payers
        on
            lines.person_id = payers.person_id
            and lines.care_date between payers.start_date and payers.end_date
)

select * from final
