"""What is checked: our own specification, compiled into one list of checks."""

from data_quality.checks.catalogue import CATALOGUE_VERSION, catalogue, check_types
from data_quality.checks.model import Check, CheckType, Level, Measured, Result, Severity, Status

__all__ = [
    "CATALOGUE_VERSION",
    "Check",
    "CheckType",
    "Level",
    "Measured",
    "Result",
    "Severity",
    "Status",
    "catalogue",
    "check_types",
]
