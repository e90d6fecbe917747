select * from {{ read_lake('vocabulary/code_map.parquet') }}
