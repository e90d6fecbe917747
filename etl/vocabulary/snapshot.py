"""Snapshots of the vocabulary: written once, addressed by their content, one of them current.

``vocabulary/<address>/`` holds the tables; ``lake/vocabulary`` leads to the current snapshot. A
candidate reads the snapshot that it was built with: another one that is loaded later changes
nothing in it, and a snapshot that was changed or removed is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import duckdb

from etl.errors import SndsOmopError
from etl.state_file import damaged, read_record
from etl.workspace import Workspace

ADDRESS = re.compile(r"[0-9a-f]{16}")
_RECORD = "resolution.json"
_FRESH = ".new"
_BOUND = re.compile(r"/vocabulary/([0-9a-f]{16})/")


@dataclass(frozen=True, slots=True)
class Resolution:
    """What the tables of a snapshot were made of; not part of its content.

    ``key``: SHA-256 over what codes were resolved from; ``base_rows``: how many rows of each table,
    the first ones, are the vocabulary's own; ``finished``: tables that French codes do not add to.
    """

    key: str
    base_rows: dict[str, int] = field(default_factory=dict)
    finished: tuple[str, ...] = ()
    language_concept_id: int = 0
    origin: str = ""


def address(folder: Path) -> str:
    """First 16 digits of the SHA-256 of the names and bytes of the tables."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.parquet")):
        digest.update(f"{path.name}\n".encode())
        with path.open("rb") as handle:
            digest.update(hashlib.file_digest(handle, "sha256").digest())
    return digest.hexdigest()[:16]


def current(workspace: Workspace) -> Path:
    """The current snapshot, where it really is."""
    return workspace.vocabulary.resolve()


@contextmanager
def fresh_snapshot(workspace: Workspace) -> Iterator[Path]:
    """A folder that becomes the current snapshot when the block ends well."""
    fresh = workspace.snapshots / _FRESH
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        yield fresh
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    kept = workspace.snapshots / address(fresh)
    record = (fresh / _RECORD).read_bytes()
    if kept.is_dir() and address(kept) == kept.name:
        shutil.rmtree(fresh)
        (kept / _RECORD).write_bytes(record)
    else:
        shutil.rmtree(kept, ignore_errors=True)
        fresh.rename(kept)
    _make_current(workspace, kept)
    _prune(workspace, kept)


def _make_current(workspace: Workspace, snapshot: Path) -> None:
    """One rename: a reader sees the old snapshot or the new one."""
    link = workspace.vocabulary
    if link.is_dir() and not link.is_symlink():
        shutil.rmtree(link)  # an empty folder, or the vocabulary of an earlier version
    fresh_link = link.with_name(f".{link.name}.link")
    fresh_link.unlink(missing_ok=True)
    fresh_link.symlink_to(os.path.relpath(snapshot, link.parent))
    fresh_link.replace(link)


def _prune(workspace: Workspace, kept: Path) -> None:
    """Remove the snapshots that neither the next build nor the candidate reads."""
    used = {kept.name, bound_address(workspace)}
    for folder in workspace.snapshots.iterdir():
        if ADDRESS.fullmatch(folder.name) and folder.name not in used:
            shutil.rmtree(folder, ignore_errors=True)


def write_resolution(folder: Path, resolution: Resolution) -> None:
    (folder / _RECORD).write_text(json.dumps(asdict(resolution), indent=1) + "\n", encoding="utf-8")


def read_resolution(folder: Path) -> Resolution | None:
    """None for a vocabulary that an earlier version loaded."""
    path = folder / _RECORD
    if not path.is_file():
        return None
    content = read_record(path)
    try:
        return Resolution(**content | {"finished": tuple(content["finished"])})
    except (KeyError, TypeError) as error:
        raise damaged(path) from error


def bound_address(workspace: Workspace) -> str | None:
    """The snapshot whose files the candidate reads; None without one (Spark owns its tables)."""
    if not workspace.candidate.is_file():
        return None
    try:
        with duckdb.connect(str(workspace.candidate), read_only=True) as candidate:
            found = candidate.execute(
                "select sql from duckdb_views() "
                "where schema_name = 'cdm' and view_name = 'concept' and not internal"
            ).fetchone()
    except duckdb.Error:
        return None
    named = _BOUND.search(str(found[0])) if found else None
    return named[1] if named else None


def require_bound_snapshot(workspace: Workspace) -> None:
    """The snapshot of the candidate must be there, unchanged.

    Raises:
        SndsOmopError: SO-122.
    """
    bound = bound_address(workspace)
    if bound is None:
        return
    folder = workspace.snapshots / bound
    if not folder.is_dir():
        raise SndsOmopError(
            "SO-122",
            f"its snapshot {bound} was removed",
            f"son état {bound} a été supprimé",
            where=str(folder),
        )
    if address(folder) != bound:
        raise SndsOmopError(
            "SO-122",
            f"files of its snapshot {bound} were changed",
            f"des fichiers de son état {bound} ont été modifiés",
            where=str(folder),
        )
