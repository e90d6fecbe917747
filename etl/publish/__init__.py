"""Publications of a release: PostgreSQL, Parquet, metadata, share pack."""
