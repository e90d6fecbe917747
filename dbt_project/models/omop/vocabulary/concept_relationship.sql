select
    {{ cdm_columns({
        'concept_id_1': 'concept_id_1',
        'concept_id_2': 'concept_id_2',
        'relationship_id': 'relationship_id',
        'valid_start_date': 'valid_start_date',
        'valid_end_date': 'valid_end_date',
        'invalid_reason': 'invalid_reason',
    }) }}
from {{ read_vocabulary('concept_relationship') }}
