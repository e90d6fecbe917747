"""What the world may know of a release: HealthDCAT-AP record, variables, quality, provenance."""
