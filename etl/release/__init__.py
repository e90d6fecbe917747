"""Releases: created whole, signed, switched atomically, verified, compared, rolled back."""

from etl.release.creation import create, settings_to_reproduce
from etl.release.difference import difference
from etl.release.difference_page import write_difference
from etl.release.manifest import Manifest, read_manifest
from etl.release.signature import fingerprint_of, read_public_key, signing_key, trusted_key
from etl.release.store import (
    Release,
    current,
    current_name,
    damaged_releases,
    find,
    prune,
    releases,
)
from etl.release.switching import promote, rollback
from etl.release.verification import Damage, verify

__all__ = [
    "Damage",
    "Manifest",
    "Release",
    "create",
    "current",
    "current_name",
    "damaged_releases",
    "difference",
    "find",
    "fingerprint_of",
    "promote",
    "prune",
    "read_manifest",
    "read_public_key",
    "releases",
    "rollback",
    "settings_to_reproduce",
    "signing_key",
    "trusted_key",
    "verify",
    "write_difference",
]
