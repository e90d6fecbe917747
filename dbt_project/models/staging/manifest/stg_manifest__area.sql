select * from {{ read_lake('manifest/area.parquet') }}
