"""Runs the dbt project on the lake and reads what dbt says of it."""

from etl.transform.build import BuildReport, build

__all__ = ["BuildReport", "build"]
