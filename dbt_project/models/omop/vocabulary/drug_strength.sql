select
    {{ cdm_columns({
        'drug_concept_id': 'drug_concept_id',
        'ingredient_concept_id': 'ingredient_concept_id',
        'amount_value': 'amount_value',
        'amount_unit_concept_id': 'amount_unit_concept_id',
        'numerator_value': 'numerator_value',
        'numerator_unit_concept_id': 'numerator_unit_concept_id',
        'denominator_value': 'denominator_value',
        'denominator_unit_concept_id': 'denominator_unit_concept_id',
        'box_size': 'box_size',
        'valid_start_date': 'valid_start_date',
        'valid_end_date': 'valid_end_date',
        'invalid_reason': 'invalid_reason',
    }) }}
from {{ read_vocabulary('drug_strength') }}
