"""The shelf of releases: ``releases/<id>`` and the ``current`` link, switched atomically.

A name ending in ``.building`` or ``.removing`` is not a release: a killed command left it, and
the next one sweeps it away.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from etl.clauses import same
from etl.errors import SndsOmopError
from etl.release.files import remove_tree
from etl.release.manifest import Manifest, read_manifest
from etl.release.tables import attach, connect, location, relations
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
        """What holds its tables: a DuckDB file, or a folder of Parquet. To be shown, not opened."""
        return location(self.path, self.manifest)

    def attach(self, connection: duckdb.DuckDBPyConnection, catalog: str) -> None:
        """Make its tables readable under the name of a catalog (SO-903 without a file)."""
        attach(connection, self.path, self.manifest, catalog)

    def relations(
        self, connection: duckdb.DuckDBPyConnection, catalog: str
    ) -> dict[tuple[str, str], str]:
        """SQL of its tables, by schema and table, for a connection that is open read-only."""
        return relations(connection, catalog, self.path, self.manifest)

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A connection that reads its tables as ``cdm.person`` (SO-903 without a file)."""
        return connect(self.path, self.manifest)


def releases(workspace: Workspace) -> list[Release]:
    """Complete releases, oldest first; those that are damaged are in :func:`damaged_releases`."""
    found = [one for one in _folders(workspace) if isinstance(one, Release)]
    return sorted(found, key=lambda release: (release.manifest.created_at, release.id))


def damaged_releases(workspace: Workspace) -> dict[str, SndsOmopError]:
    """Folders of the shelf whose manifest cannot be read, by name, and why (SO-135)."""
    faults = [one for one in _folders(workspace) if isinstance(one, SndsOmopError)]
    return {error.where: error for error in sorted(faults, key=lambda error: error.where)}


def _folders(workspace: Workspace) -> Iterator[Release | SndsOmopError]:
    if not workspace.releases.is_dir():
        return
    for path in workspace.releases.iterdir():
        if path.is_symlink() or not path.is_dir() or path.name.endswith(LEFTOVERS):
            continue
        try:
            yield _read(path)
        except SndsOmopError as error:
            yield error


def _read(path: Path) -> Release:
    """A release, of which the manifest can be read and names the folder it stands in."""
    manifest = read_manifest(path)
    if manifest.release_id != path.name:
        raise SndsOmopError(
            "SO-135",
            f"its manifest is that of {manifest.release_id}: it was copied or renamed",
            f"son manifeste est celui de {manifest.release_id} : elle a été copiée ou renommée",
            where=path.name,
        )
    return Release(path, manifest)


def find(workspace: Workspace, release_id: str) -> Release:
    """One release by id, or by ``current``.

    Raises:
        SndsOmopError: SO-107 when there is none, SO-135 when its manifest cannot be read.
    """
    if release_id == "current":
        name = current_name(workspace)
        if name is None:
            raise SndsOmopError(
                "SO-107",
                "no release is current yet: `snds-omop run --input DIR` makes one; or name another "
                "--workspace",
                "aucune version n'est encore en service : `snds-omop run --input DOSSIER` en fait "
                "une ; ou indiquez un autre --workspace",
                where=str(workspace.root),
            )
        if not (workspace.releases / name).is_dir():
            raise SndsOmopError(
                "SO-135",
                f"`current` leads to {name}, which is not there",
                f"`current` mène à {name}, qui n'existe pas",
                where=str(workspace.current),
            )
        return _read(workspace.releases / name)
    path = workspace.releases / release_id
    if Path(release_id).name != release_id or path.is_symlink() or not path.is_dir():
        raise SndsOmopError("SO-107", *same(release_id))
    return _read(path)


def current_name(workspace: Workspace) -> str | None:
    """Name of the release that ``current`` points to, whole or not; the link is read once."""
    try:
        return workspace.current.readlink().name
    except OSError:
        return None


def current(workspace: Workspace) -> Release | None:
    """The release that ``current`` points to; None without one, and when it is damaged or gone."""
    try:
        return find(workspace, "current")
    except SndsOmopError:
        return None


def prune(workspace: Workspace, keep: int, pinned: Collection[str] = ()) -> list[str]:
    """Remove the oldest releases beyond ``keep``; return their ids.

    The current one and those that are pinned stay; pinned ones do not count.
    """
    present = current_name(workspace)
    candidates = [
        release
        for release in releases(workspace)
        if release.id != present and release.id not in pinned
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
