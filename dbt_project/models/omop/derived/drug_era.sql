with exposures as (
    select * from {{ ref('int_drug_exposure__decomposed') }}
),

{{ era_spans('exposures', ['person_id', 'ingredient_concept_id']) }},

final as (
    select
        {{ cdm_columns({
            'drug_era_id': span_id(['spans.ingredient_concept_id']),
            'person_id': 'person_id',
            'drug_concept_id': 'ingredient_concept_id',
            'drug_era_start_date': 'start_date',
            'drug_era_end_date': 'end_date',
            'drug_exposure_count': 'n_events',
            'gap_days': 'gap_days',
        }) }}
    from spans
)

select * from final
