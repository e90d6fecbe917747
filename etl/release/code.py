"""Which code made a release: a hash of what ran, and the commit when there is one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from etl import __version__
from etl.resources import bundle_root

_SUFFIXES = {".py", ".sql", ".yml", ".yaml", ".csv", ".json", ".html", ".j2", ".ttl"}
_BUNDLE_FOLDERS = ("dbt_project", "mappings", "vocabularies")
_IGNORED = {"__pycache__", "_bundle", "target", "logs", "dbt_packages", "athena"}


@cache
def code_version() -> dict[str, str]:
    """Version, SHA-256 over code, models and mappings, and the commit of a checkout."""
    package = Path(__file__).resolve().parents[1]
    roots = [package, package.parent / "data_quality"]
    roots += [bundle_root() / name for name in _BUNDLE_FOLDERS]
    digest = hashlib.sha256()
    for root in roots:
        for path in _sources(root):
            digest.update(f"{root.name}/{path.relative_to(root).as_posix()}\n".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    version = {"version": __version__, "sha256": digest.hexdigest()}
    if commit := _commit(package.parent):
        version["commit"] = commit
    return version


def _sources(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if path.suffix in _SUFFIXES and path.is_file() and not _IGNORED.intersection(parts):
            yield path


def _commit(root: Path) -> str | None:
    """The commit checked out, read without git (which a closed zone may not have)."""
    git = root / ".git"
    try:
        head = (git / "HEAD").read_text(encoding="ascii").strip()
        if not head.startswith("ref: "):
            return head
        name = head.removeprefix("ref: ")
        loose = git / name
        if loose.is_file():
            return loose.read_text(encoding="ascii").strip()
        for line in (git / "packed-refs").read_text(encoding="ascii").splitlines():
            commit, _, packed = line.partition(" ")
            if packed == name:
                return commit
    except OSError:
        return None
    return None
