-- R53: payments without another event, as observations: spells of daily allowances, with the days
-- paid, and other payments of one person, day and nature (transport, flat fees, fees).
with lines as (
    select * from {{ ref('int_dcir_line__classified') }}
),

placed as (
    select distinct payment_row_id
    from {{ ref('int_payment_line__placed') }}
    where not is_in_spell and is_taken_back is not true
),

spells as (
    select * from {{ ref('int_allowance_spell__merged') }}
),

natures as (
    select * from {{ ref('int_nature__named') }}
),

observed as (
    select
        {{ cdm_id('_row_id') }} as observation_id,
        person_id,
        start_date as observation_date,
        PRS_NAT_REF,
        days,
        'J' as unit
    from spells
    union all
    select
        {{ cdm_id('placed.payment_row_id') }},
        lines.person_id,
        lines.care_date,
        lines.PRS_NAT_REF,
        null,
        null
    from placed
    inner join lines on placed.payment_row_id = lines._row_id
),

final as (
    select observed.*, coalesce(natures.source_concept_id, 0) as source_concept_id
    from observed
    left join natures on observed.PRS_NAT_REF = natures.PRS_NAT_REF
)

select * from final
