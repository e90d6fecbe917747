select
    {{ cdm_columns({
        'vocabulary_id': 'vocabulary_id',
        'vocabulary_name': 'vocabulary_name',
        'vocabulary_reference': 'vocabulary_reference',
        'vocabulary_version': 'vocabulary_version',
        'vocabulary_concept_id': 'vocabulary_concept_id',
    }) }}
from {{ read_vocabulary('vocabulary') }}
