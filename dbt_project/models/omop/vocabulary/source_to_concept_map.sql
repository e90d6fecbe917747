select
    {{ cdm_columns({
        'source_code': 'source_code',
        'source_concept_id': 'source_concept_id',
        'source_vocabulary_id': 'source_vocabulary_id',
        'source_code_description': 'source_code_description',
        'target_concept_id': 'target_concept_id',
        'target_vocabulary_id': 'target_vocabulary_id',
        'valid_start_date': 'valid_start_date',
        'valid_end_date': 'valid_end_date',
        'invalid_reason': 'invalid_reason',
    }) }}
from {{ read_vocabulary('source_to_concept_map') }}
