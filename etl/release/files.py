"""Files of a release: hashed by chunk, made durable, made read-only, removed as a whole."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict

CHUNK_BYTES = 4 * 1024 * 1024


class FileRecord(BaseModel):
    """One file: its hash, and the hash of each chunk, so that damage can be located."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    bytes: int
    sha256: str
    rows: int | None = None
    chunks: tuple[str, ...]


def record_file(root: Path, path: Path, *, rows: int | None = None) -> FileRecord:
    """Read a file once; hash the whole and each chunk of 4 MiB."""
    whole = hashlib.sha256()
    chunks: list[str] = []
    size = 0
    with path.open("rb") as handle:
        while block := handle.read(CHUNK_BYTES):
            whole.update(block)
            chunks.append(hashlib.sha256(block).hexdigest())
            size += len(block)
    return FileRecord(
        path=path.relative_to(root).as_posix(),
        bytes=size,
        sha256=whole.hexdigest(),
        rows=rows,
        chunks=tuple(chunks),
    )


def files_below(root: Path) -> list[Path]:
    """Regular files, by path."""
    return sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())


def make_durable(root: Path) -> None:
    """Flush every file and folder to the disk, children before parents.

    Folders without content are removed: a release is its files, and verification refuses others.
    """
    for folder, _, names in os.walk(root, topdown=False):
        if Path(folder) != root and not any(Path(folder).iterdir()):
            Path(folder).rmdir()
            continue
        for name in names:
            _flush(Path(folder, name))
        _flush(Path(folder))


def flush_folder(folder: Path) -> None:
    """Make renames within a folder durable."""
    _flush(folder)


def make_read_only(root: Path) -> None:
    """0440 for files, 0550 for folders: a release is a fact."""
    for path in _tree(root):
        path.chmod(0o550 if path.is_dir() else 0o440)


def remove_tree(root: Path) -> None:
    """Remove a read-only tree. It is renamed first: no reader meets half a release."""
    doomed = root.with_name(f"{root.name.removesuffix('.removing')}.removing")
    if doomed != root:
        root.rename(doomed)
    for path in _tree(doomed):
        if path.is_dir():
            path.chmod(path.stat().st_mode | stat.S_IRWXU)
    shutil.rmtree(doomed)


def _tree(root: Path) -> Iterator[Path]:
    # Parents first, listed before anything changes, since a mode may close a folder.
    yield from [root, *sorted(root.rglob("*"))]


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
