"""One module a section: from material to what its template writes."""
