{{ config(alias='files') }}
select
    source_table,
    source_year,
    file_number,
    file_name,
    sha256,
    rows_read,
    rows_staged,
    rows_quarantined,
    first_row_id,
    last_row_id
from {{ ref('stg_manifest__files') }}
