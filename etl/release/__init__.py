"""Releases: created whole, switched atomically, verified, compared, rolled back."""

from etl.release.creation import create
from etl.release.store import Release, current, find, promote, prune, releases, rollback
from etl.release.verification import Damage, verify

__all__ = [
    "Damage",
    "Release",
    "create",
    "current",
    "find",
    "promote",
    "prune",
    "releases",
    "rollback",
    "verify",
]
