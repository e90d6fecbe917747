-- What each line cost, and the event it is the cost of; else the payment that it is (transport,
-- allowance, flat fee). A payment that was taken back whole costs nothing.
with lines as (
    select classified.*
    from {{ ref('int_dcir_line__classified') }} as classified
    where {{ keeps_cost('classified') }}
),

links as (
    select * from {{ ref('int_dcir_line__linked') }}
),

payments as (
    select * from {{ ref('int_payment_line__placed') }}
),

shares as (
    select * from {{ ref('int_dcir_line__shared') }}
),

payers as (
    select * from {{ ref('int_payer__dated') }}
),

final as (
    select
        lines._row_id,
        coalesce(links.event_id, {{ cdm_id('payments.payment_row_id') }}) as cost_event_id,
        coalesce(links.domain, 'Observation') as cost_domain_id,
        lines.PRS_NAT_REF,
        lines.PRS_PAI_MNT,
        lines.BSE_REM_BSE,
        lines.compulsory_share,
        {{ left_to_patient(
            'lines.PRS_PAI_MNT', 'lines.compulsory_share', 'shares.amount',
            'coalesce(lines.PRS_ACT_QTE < 0, false)'
        ) }} as patient_share,
        payers.payer_plan_period_id
    from lines
    left join links on lines._row_id = links._row_id
    left join payments on lines._row_id = payments._row_id
    left join shares on lines._row_id = shares.line_row_id
    left join payers
        on
            lines.person_id = payers.person_id
            and lines.care_date between payers.start_date and payers.end_date
    where payments.is_taken_back is not true
)

select * from final
