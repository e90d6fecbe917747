"""Quality of a candidate release: checks, results, gate, steward report."""

from data_quality.validation import Verdict, validate

__all__ = ["Verdict", "validate"]
