select * from {{ read_vocabulary('code_map') }}
