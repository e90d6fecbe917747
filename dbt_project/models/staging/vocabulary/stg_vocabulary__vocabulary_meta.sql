select * from {{ read_lake('vocabulary/vocabulary_meta.parquet') }}
