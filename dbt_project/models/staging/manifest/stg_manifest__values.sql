select * from {{ read_lake('manifest/values.parquet') }}
