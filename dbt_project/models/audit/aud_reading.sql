{{ config(alias='reading') }}
-- What reading changed in a column before any model saw it.
select
    source_table,
    source_year,
    column_name,
    n_unparsed,
    n_missing,
    n_rounded
from {{ ref('stg_manifest__values') }}
