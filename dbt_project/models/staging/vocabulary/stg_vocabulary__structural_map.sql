select * from {{ read_lake('vocabulary/structural_map.parquet') }}
