"""Studies on a release: cohorts in, aggregates under disclosure control out."""
