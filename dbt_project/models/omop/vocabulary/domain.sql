select
    {{ cdm_columns({
        'domain_id': 'domain_id',
        'domain_name': 'domain_name',
        'domain_concept_id': 'domain_concept_id',
    }) }}
from {{ read_vocabulary('domain') }}
