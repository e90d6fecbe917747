with exposures as (
    select * from {{ ref('int_drug_exposure__dosed') }}
),

{{ era_spans(
    'exposures', ['person_id', 'ingredient_concept_id', 'unit_concept_id', 'daily_dose']
) }},

final as (
    select
        {{ cdm_columns({
            'dose_era_id': span_id([
                'spans.ingredient_concept_id', 'spans.unit_concept_id', 'spans.daily_dose'
            ]),
            'person_id': 'person_id',
            'drug_concept_id': 'ingredient_concept_id',
            'unit_concept_id': 'unit_concept_id',
            'dose_value': 'daily_dose',
            'dose_era_start_date': 'start_date',
            'dose_era_end_date': 'end_date',
        }) }}
    from spans
)

select * from final
