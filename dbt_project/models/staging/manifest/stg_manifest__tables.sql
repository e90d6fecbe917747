select * from {{ read_lake('manifest/tables.parquet') }}
