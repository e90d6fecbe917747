select * from {{ read_lake('manifest/blocks.parquet') }}
