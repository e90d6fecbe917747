select * from {{ read_lake('manifest/crosswalk.parquet') }}
