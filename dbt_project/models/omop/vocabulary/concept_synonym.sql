select
    {{ cdm_columns({
        'concept_id': 'concept_id',
        'concept_synonym_name': 'concept_synonym_name',
        'language_concept_id': 'language_concept_id',
    }) }}
from {{ read_vocabulary('concept_synonym') }}
