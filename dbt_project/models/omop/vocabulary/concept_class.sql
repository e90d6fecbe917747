select
    {{ cdm_columns({
        'concept_class_id': 'concept_class_id',
        'concept_class_name': 'concept_class_name',
        'concept_class_concept_id': 'concept_class_concept_id',
    }) }}
from {{ read_vocabulary('concept_class') }}
