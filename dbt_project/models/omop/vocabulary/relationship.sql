select
    {{ cdm_columns({
        'relationship_id': 'relationship_id',
        'relationship_name': 'relationship_name',
        'is_hierarchical': 'is_hierarchical',
        'defines_ancestry': 'defines_ancestry',
        'reverse_relationship_id': 'reverse_relationship_id',
        'relationship_concept_id': 'relationship_concept_id',
    }) }}
from {{ read_vocabulary('relationship') }}
