select * from {{ read_lake('manifest/files.parquet') }}
