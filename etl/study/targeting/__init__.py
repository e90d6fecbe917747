"""Published SNDS algorithms, counted on the raw tables and on the CDM: what the mapping lost."""
