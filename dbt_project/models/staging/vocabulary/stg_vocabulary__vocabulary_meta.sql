select * from {{ read_vocabulary('vocabulary_meta') }}
