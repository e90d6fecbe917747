"""Delivery files to the lake: found by name, read by contract, numbered, hashed, quarantined."""

from etl.loaders.load import Limits
from etl.loaders.manifest import Delivery, StagedFile
from etl.loaders.report import FileOutcome, Notice, StageReport
from etl.loaders.stage import stage

__all__ = ["Delivery", "FileOutcome", "Limits", "Notice", "StageReport", "StagedFile", "stage"]
