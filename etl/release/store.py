"""The shelf of releases: ``releases/<id>`` and the ``current`` link, switched atomically.

A name ending in ``.building`` or ``.removing`` is not a release: a killed command left it, and
the next one sweeps it away.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from etl.clauses import same
from etl.errors import SndsOmopError
from etl.release.files import flush_folder, remove_tree
from etl.release.manifest import DATABASE_FILE, MANIFEST_FILE, Manifest, read_manifest
from etl.release.signature import require_signature, signing_key
from etl.workspace import Workspace

LEFTOVERS = (".building", ".removing", ".switching")


@dataclass(frozen=True, slots=True)
class Release:
    """One complete release on the shelf."""

    path: Path
    manifest: Manifest
    is_new: bool = False

    @property
    def id(self) -> str:
        return self.manifest.release_id

    @property
    def database(self) -> Path:
        return self.path / DATABASE_FILE


def releases(workspace: Workspace) -> list[Release]:
    """Complete releases, oldest first."""
    if not workspace.releases.is_dir():
        return []
    found = [
        Release(path, read_manifest(path))
        for path in workspace.releases.iterdir()
        if not path.is_symlink()
        and not path.name.endswith(LEFTOVERS)
        and (path / MANIFEST_FILE).is_file()
    ]
    return sorted(found, key=lambda release: (release.manifest.created_at, release.id))


def find(workspace: Workspace, release_id: str) -> Release:
    """One release by id, or by ``current``.

    Raises:
        SndsOmopError: SO-107 when there is none.
    """
    if release_id == "current":
        release = current(workspace)
        if release is None:
            raise SndsOmopError(
                "SO-107", "no release is current yet", "aucune version n'est encore en service"
            )
        return release
    path = workspace.releases / release_id
    if Path(release_id).name != release_id or not (path / MANIFEST_FILE).is_file():
        raise SndsOmopError("SO-107", *same(release_id))
    return Release(path, read_manifest(path))


def current(workspace: Workspace) -> Release | None:
    """The release that ``current`` points to; the link is read once."""
    try:
        name = workspace.current.readlink().name
    except OSError:
        return None
    path = workspace.releases / name
    return Release(path, read_manifest(path))


def promote(workspace: Workspace, release_id: str) -> Release:
    """Make a release current, in one atomic replacement of the link.

    Raises:
        SndsOmopError: SO-107 when there is none, SO-904 when its manifest is not ours.
    """
    release = find(workspace, release_id)
    require_signature(release.path, signing_key(workspace).public_key())
    link = workspace.releases / f"{release.id}.switching"
    link.unlink(missing_ok=True)
    link.symlink_to(release.path.name)
    link.replace(workspace.current)
    flush_folder(workspace.releases)
    return release


def rollback(workspace: Workspace) -> Release:
    """Make current the release created just before the one that is.

    Raises:
        SndsOmopError: SO-107 when none is older.
    """
    present = find(workspace, "current")
    older = [
        release
        for release in releases(workspace)
        if release.manifest.created_at < present.manifest.created_at
    ]
    if not older:
        raise SndsOmopError(
            "SO-107",
            f"none is older than {present.id}",
            f"aucune n'est plus ancienne que {present.id}",
        )
    return promote(workspace, older[-1].id)


def prune(workspace: Workspace, keep: int) -> list[str]:
    """Remove the oldest releases beyond ``keep``, never the current one; return their ids."""
    present = current(workspace)
    candidates = [
        release for release in releases(workspace) if present is None or release.id != present.id
    ]
    surplus = len(candidates) - (keep - 1 if present else keep)
    doomed = candidates[: max(0, surplus)]
    for release in doomed:
        remove_tree(release.path)
    return [release.id for release in doomed]


def sweep(workspace: Workspace) -> None:
    """Remove what killed commands left behind."""
    for path in workspace.releases.iterdir():
        if path.is_symlink() and path.name.endswith(LEFTOVERS):
            path.unlink()
        elif path.name.endswith(LEFTOVERS):
            remove_tree(path)
