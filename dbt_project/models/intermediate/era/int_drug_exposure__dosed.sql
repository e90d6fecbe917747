-- The ways in which DRUG_STRENGTH writes a strength, and what was dispensed in each (facts: OHDSI,
-- "How to Calculate Drug Dose"). The quantity counts pieces, or boxes where the pack is not known
-- (R24); the pack gives the puffs or millilitres of a piece. A dose that would need a guess is not
-- computed: a compounded drug (strength written on the ingredient itself, in mg or mL dispensed)
-- has none.
with exposures as (
    select * from {{ ref('int_drug_exposure__decomposed') }}
),

strengths as (
    select * from {{ ref('drug_strength') }}
    where invalid_reason is null
),

units as (
    select * from {{ ref('concept') }}
    where vocabulary_id = 'UCUM'
),

packs as (
    select * from {{ ref('int_pack__measured') }}
),

described as (
    select
        exposures.event_id,
        exposures.person_id,
        exposures.ingredient_concept_id,
        exposures.start_date,
        greatest(exposures.start_date, exposures.end_date) as end_date,
        exposures.drug_concept_id = exposures.ingredient_concept_id as is_compounded,
        strengths.amount_value,
        strengths.numerator_value,
        strengths.denominator_value,
        coalesce(strengths.amount_unit_concept_id, strengths.numerator_unit_concept_id)
            as unit_concept_id,
        units.concept_code as denominator_unit,
        -- tablets, ampoules, inhalers, bottles
        case
            when coalesce(exposures.unit, '') <> 'box' then exposures.quantity
            when packs.doses is not null or packs.volume is not null
                then exposures.quantity * coalesce(strengths.box_size, 1)
            else exposures.quantity * strengths.box_size
        end as pieces,
        exposures.quantity * packs.doses as doses,
        exposures.quantity * packs.volume as volume
    from exposures
    inner join strengths
        on
            exposures.drug_concept_id = strengths.drug_concept_id
            and exposures.ingredient_concept_id = strengths.ingredient_concept_id
    left join units on strengths.denominator_unit_concept_id = units.concept_id
    left join packs
        on
            exposures.source_vocabulary = packs.source_vocabulary
            and exposures.source_code = packs.source_code
),

formulated as (
    select
        *,
        case
            when is_compounded then 'compounded'
            when amount_value is not null then 'fixed'
            when denominator_unit = 'h' then 'released'
            when denominator_value is not null then 'quantified'
            when denominator_unit = '{actuat}' then 'puff'
            when denominator_unit = 'mL' then 'concentration'
        end as formulation
    from described
),

dosed as (
    select
        *,
        {{ days_between('start_date', 'end_date') }} + 1 as n_days,
        case formulation
            when 'fixed' then pieces * amount_value
            when 'puff' then doses * numerator_value
            when 'quantified' then pieces * numerator_value
            when 'concentration' then volume * numerator_value
        end as total_dose,
        -- per hour, however many patches were dispensed
        case formulation
            when 'released' then 24 * numerator_value / coalesce(denominator_value, 1)
        end as steady_daily_dose
    from formulated
),

final as (
    select
        event_id,
        person_id,
        ingredient_concept_id,
        unit_concept_id,
        start_date,
        end_date,
        formulation,
        -- two ways to the same dose must meet in one era
        round(coalesce(steady_daily_dose, total_dose / n_days), 6) as daily_dose
    from dosed
    where unit_concept_id is not null and coalesce(steady_daily_dose, total_dose) > 0
)

select * from final
