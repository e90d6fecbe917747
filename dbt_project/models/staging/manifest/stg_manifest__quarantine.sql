select * from {{ read_lake('manifest/quarantine.parquet') }}
