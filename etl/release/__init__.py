"""Releases: created whole, signed, switched atomically, verified, compared, rolled back."""

from etl.release.creation import create, settings_to_reproduce
from etl.release.difference import difference
from etl.release.difference_page import write_difference
from etl.release.manifest import Manifest, read_manifest
from etl.release.signature import read_public_key, signing_key
from etl.release.store import Release, current, find, promote, prune, releases, rollback
from etl.release.verification import Damage, verify

__all__ = [
    "Damage",
    "Manifest",
    "Release",
    "create",
    "current",
    "difference",
    "find",
    "promote",
    "prune",
    "read_manifest",
    "read_public_key",
    "releases",
    "rollback",
    "settings_to_reproduce",
    "signing_key",
    "verify",
    "write_difference",
]
