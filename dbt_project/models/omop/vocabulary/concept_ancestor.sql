select
    {{ cdm_columns({
        'ancestor_concept_id': 'ancestor_concept_id',
        'descendant_concept_id': 'descendant_concept_id',
        'min_levels_of_separation': 'min_levels_of_separation',
        'max_levels_of_separation': 'max_levels_of_separation',
    }) }}
from {{ read_vocabulary('concept_ancestor') }}
