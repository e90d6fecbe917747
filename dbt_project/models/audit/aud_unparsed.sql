{{ config(alias='unparsed') }}
select source_table, source_year, column_name, n_unparsed
from {{ ref('stg_manifest__values') }}
where n_unparsed > 0
