"""The border of a delivery: its files, its declaration."""
