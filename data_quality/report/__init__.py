"""The steward report: one HTML file a language, for a person who decides."""
