{{ empty_cdm_table() }}
