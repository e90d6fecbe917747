"""snds-omop: from raw SNDS deliveries to releases of the OMOP CDM 5.4."""

__version__ = "0.2.0"
