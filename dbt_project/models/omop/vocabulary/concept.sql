select
    {{ cdm_columns({
        'concept_id': 'concept_id',
        'concept_name': 'concept_name',
        'domain_id': 'domain_id',
        'vocabulary_id': 'vocabulary_id',
        'concept_class_id': 'concept_class_id',
        'standard_concept': 'standard_concept',
        'concept_code': 'concept_code',
        'valid_start_date': 'valid_start_date',
        'valid_end_date': 'valid_end_date',
        'invalid_reason': 'invalid_reason',
    }) }}
from {{ read_vocabulary('concept') }}
