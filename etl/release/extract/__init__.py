"""Extracts for permits: the part of a release that a permit grants, under numbers of its own."""

from etl.release.extract.creation import Made, extract
from etl.release.extract.permit import Permit, read_permit
from etl.release.extract.register import Extract, end_permit, forget_persons, read_extracts

__all__ = [
    "Extract",
    "Made",
    "Permit",
    "end_permit",
    "extract",
    "forget_persons",
    "read_extracts",
    "read_permit",
]
