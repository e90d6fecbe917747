"""Whether everything that decided a result is as it was, judged without reading a file again.

A record holds the digest of what a finished command was made from. Files count by name, size and
time of change; the code of the package counts by content; libraries by their version. Anything
that is not certain is a change: the command then does its work.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

from etl.resources import dbt_project_dir, mappings_dir, vocabularies_dir
from etl.settings import Settings
from etl.workspace import Workspace

Command = Literal["build", "run"]

_LIBRARIES = ("dbt-core", "dbt-duckdb", "duckdb", "great-expectations", "polars", "sqlglot")
_NO_CODE = {"__pycache__", "target", "logs", "tests"}
# Files of a workspace's root that change the verdict; waivers end on a day.
_POLICY, _WAIVERS = "policy.yml", "waivers.yml"


@dataclass(frozen=True, slots=True)
class Record:
    """What a finished command was made from, and its answer for `--json`."""

    digest: str
    answer: dict[str, Any]


def build_digest(workspace: Workspace, settings: Settings) -> str:
    """What decides a candidate: code, settings, lake with vocabulary, and that its file stands.

    Checks write their results into the candidate: it counts by its identity, not by its time.
    """
    parts = [code_digest(), settings.model_dump_json(), str(workspace.root)]
    parts += sorted(files_below(workspace.lake))
    for path in (workspace.candidate, workspace.registry):
        with suppress(FileNotFoundError):
            found = path.stat()
            parts.append(f"{path.name} {found.st_dev} {found.st_ino}")
    return _digest(parts)


def run_digest(workspace: Workspace, settings: Settings, delivery: str) -> str:
    """What decides a release: the delivery, what decides a candidate, policy and what stands.

    Args:
        delivery: digest of the delivery, taken before its files were read.
    """
    parts = [delivery, build_digest(workspace, settings)]
    names = (_POLICY, _WAIVERS, "quality/verdict.json", "build/candidate.duckdb")
    parts += [_seen(workspace.root / name, name) for name in names]
    if (workspace.root / _WAIVERS).exists():
        parts.append(date.today().isoformat())  # noqa: DTZ011 - waivers end on a local day
    parts += sorted(path.name for path in workspace.quality.glob("*"))
    parts += sorted(files_below(workspace.current))
    parts.append(str(workspace.current.resolve()))
    return _digest(parts)


def delivery_digest(folder: Path, declaration: Path | None = None, **options: object) -> str:
    """Names, sizes and times of the files of a delivery, and the options it is read with.

    Args:
        declaration: when it lies elsewhere; files that it names lie in its folder.
    """
    chosen = [f"{name}={value}" for name, value in sorted(options.items())]
    parts = [str(folder.resolve()), *chosen, *sorted(files_below(folder))]
    if declaration is not None:
        parts += [str(declaration.resolve()), *sorted(files_below(declaration.resolve().parent))]
    return _digest(parts)


def recall(workspace: Workspace, command: Command) -> Record | None:
    """The record of the last finished command; None without one that can be read."""
    try:
        content = json.loads(_file(workspace, command).read_text(encoding="utf-8"))
        return Record(content["digest"], content["answer"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remember(workspace: Workspace, command: Command, record: Record) -> None:
    """Write the record, whole or not at all. The folder of the state is restricted."""
    path = _file(workspace, command)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.tmp")
    content = {"digest": record.digest, "answer": record.answer}
    part.write_text(json.dumps(content, ensure_ascii=False, default=str), encoding="utf-8")
    part.replace(path)


def forget(workspace: Workspace) -> None:
    """Before the candidate is touched: nothing is known to be unchanged."""
    for command in ("build", "run"):
        _file(workspace, command).unlink(missing_ok=True)


def _file(workspace: Workspace, command: str) -> Path:
    return workspace.state / "unchanged" / f"{command}.json"


def files_below(folder: Path) -> Iterator[str]:
    """``name size time`` of every file below a folder, in no order; nothing when it is absent."""
    waiting = [(str(folder), "")]
    while waiting:
        path, prefix = waiting.pop()
        try:
            entries = os.scandir(path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        with entries:
            for entry in entries:
                name = f"{prefix}{entry.name}"
                if entry.is_dir():
                    waiting.append((entry.path, f"{name}/"))
                else:
                    yield _seen(Path(entry.path), name)


def _seen(path: Path, name: str) -> str:
    try:
        found = path.stat()
    except FileNotFoundError:
        return f"{name} absent"
    return f"{name} {found.st_size} {found.st_mtime_ns}"


@cache
def code_digest() -> str:
    """SHA-256 over the content of all that this package ships, and versions of libraries."""
    digest = hashlib.sha256(sys.version.encode())
    for name in _LIBRARIES:
        digest.update(f"{name} {importlib.metadata.version(name)}\n".encode())
    package = Path(__file__).resolve().parent
    folders = {package, package.parent / "data_quality"}
    folders |= {dbt_project_dir(), mappings_dir(), vocabularies_dir()}
    for folder in sorted(folders):
        for path, below, names in os.walk(folder):
            below[:] = sorted(name for name in below if name not in _NO_CODE)
            for name in sorted(one for one in names if not one.startswith(".")):
                file = Path(path) / name
                digest.update(str(file.relative_to(folder)).encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()


def _digest(parts: list[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
