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
    last_row_id,
    delivery,
    fate,
    fate_code,
    flux_month,
    part,
    form,
    n_bytes,
    n_lines,
    n_header_lines,
    n_blank_lines,
    n_continuation_lines
from {{ ref('stg_manifest__files') }}
