"""Releases that no pruning removes: pinned by a person, published, or extracted for a permit.

Whoever holds a publication may ask later where a row comes from: its release has to be there.
"""

from __future__ import annotations

import json

from etl.release.audit_log import audit_log
from etl.release.store import find, releases
from etl.state_file import damaged, read_record, write_whole
from etl.workspace import Workspace

FILE = "pins.json"
PUBLISHING = ("publish", "release extract")
"""How entries of the audit log begin that state what left."""


def pinned_releases(workspace: Workspace) -> frozenset[str]:
    """Ids of releases that stay, also those that replace a pinned one without excluded persons.

    Raises:
        SndsOmopError: SO-132 when the record is damaged.
    """
    found = set(_pins(workspace)) | _published(workspace)
    for release in releases(workspace):  # oldest first: one may replace another more than once
        if release.manifest.replaces in found:
            found.add(release.id)
    return frozenset(found)


def pin(workspace: Workspace, release_id: str) -> str:
    """Keep a release from pruning; return its id.

    Raises:
        SndsOmopError: SO-107 when there is none.
    """
    release = find(workspace, release_id)
    pins = sorted({*_pins(workspace), release.id})
    write_whole(workspace.state / FILE, json.dumps({"releases": pins}))
    return release.id


def _pins(workspace: Workspace) -> list[str]:
    path = workspace.state / FILE
    if not path.is_file():
        return []
    try:
        return [str(one) for one in read_record(path)["releases"]]
    except (KeyError, TypeError) as error:
        raise damaged(path) from error


def _published(workspace: Workspace) -> set[str]:
    """Releases that the audit log names as published."""
    path = audit_log(workspace)
    found = set()
    for line in path.read_bytes().splitlines() if path.is_file() else ():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and str(entry.get("command", "")).startswith(PUBLISHING):
            found.add(str(entry.get("release")))
    return found
