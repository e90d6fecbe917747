"""Quality of a candidate release: checks, results, gate, steward report."""
