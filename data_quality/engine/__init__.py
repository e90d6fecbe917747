"""Runs checks: one scan a table, one grouping scan a table, and a query of its own for the rest."""
