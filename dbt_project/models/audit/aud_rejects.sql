{{ config(alias='rejects') }}
select source_table, source_year, reason, n_rows from {{ ref('stg_manifest__quarantine') }}
