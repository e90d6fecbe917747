select * from {{ read_vocabulary('structural_map') }}
