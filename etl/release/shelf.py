"""The last steps of every release: sign its folder, make it durable, name it by its id."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from etl.release import audit_log
from etl.release.files import flush_folder, make_durable, make_read_only
from etl.release.manifest import Manifest, write_manifest
from etl.release.signature import sign, signing_key
from etl.release.store import Release, find
from etl.workspace import Workspace


def shelve(workspace: Workspace, building: Path, manifest: Manifest) -> Release:
    """Put the finished folder among the releases, unless its content is there already.

    Returns:
        The release; when it was there before, ``is_new`` is false and `building` is left as it is.
    """
    target = workspace.releases / manifest.release_id
    if target.exists():
        return find(workspace, manifest.release_id)
    write_manifest(building, manifest)
    sign(building, signing_key(workspace))
    make_durable(building)
    make_read_only(building)
    # First the entry: a kill then leaves an entry without its release, never the contrary.
    audit_log.append(workspace, "release create", release=manifest.release_id)
    building.rename(target)
    flush_folder(workspace.releases)
    return replace(find(workspace, manifest.release_id), is_new=True)
