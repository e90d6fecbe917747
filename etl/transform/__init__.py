"""Runs the dbt project on the lake and reads the results of dbt."""

from etl.transform.build import BuildReport, build
from etl.transform.fingerprint import is_current

__all__ = ["BuildReport", "build", "is_current"]
