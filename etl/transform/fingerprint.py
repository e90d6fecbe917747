"""What a candidate was built from: the same is not built twice, an increment knows its base."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from etl import __version__
from etl.loaders.manifest import Delivery, StagedFile
from etl.resources import dbt_project_dir, mappings_dir
from etl.settings import Settings
from etl.workspace import Workspace

_PARTS = ("models/**/*.sql", "models/**/*.yml", "macros/**/*.sql", "dbt_project.yml", "*.yml")


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that decides a candidate.

    ``rules``: SHA-256 over vocabulary, settings, SQL, versions and the place of the lake (the
    staging views name it); ``files``: what was staged, by table and number.
    """

    rules: str
    files: dict[str, str]


def inputs(workspace: Workspace, settings: Settings) -> Inputs:
    """What a candidate built now would be built from."""
    files = Delivery.load(workspace.manifest).files
    return Inputs(_rules(workspace, settings), {place(file): _digest(file) for file in files})


def place(file: StagedFile) -> str:
    """Name of a file among the inputs."""
    return f"{file.table}/{file.number}"


def _digest(file: StagedFile) -> str:
    # where a file was found, and when it was written, change no table
    content = file.model_dump_json(exclude={"root", "modified"})
    return hashlib.sha256(content.encode()).hexdigest()


def _rules(workspace: Workspace, settings: Settings) -> str:
    digest = hashlib.sha256()
    digest.update(f"{__version__} {duckdb.__version__} {workspace.lake}\n".encode())
    for path in sorted(workspace.vocabulary.glob("*.parquet")):
        # by content: `run` writes the demo vocabulary again at each delivery
        digest.update(path.name.encode())
        with path.open("rb") as handle:
            digest.update(hashlib.file_digest(handle, "sha256").digest())
    digest.update(settings.model_dump_json().encode())
    project = dbt_project_dir()
    sources = {path for pattern in _PARTS for path in project.glob(pattern)}
    for path in sorted(
        [*sources, *mappings_dir().glob("rules/*.csv"), *mappings_dir().glob("exceptions/*.csv")]
    ):
        digest.update(path.relative_to(project.parent).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _stamps(workspace: Workspace) -> tuple[Path, Path]:
    """The stamp, and that of a candidate which is about to take its place."""
    return workspace.build / "candidate.json", workspace.build / "candidate.next.json"


def _identity(candidate: Path) -> dict[str, int]:
    stat = candidate.stat()
    return {"bytes": stat.st_size, "modified": stat.st_mtime_ns}


def write_stamp(workspace: Workspace, built_from: Inputs) -> None:
    """Say that the candidate is complete, and from what it was built."""
    _write(_stamps(workspace)[0], workspace.candidate, built_from)


def replace_candidate(workspace: Workspace, complete: Path, built_from: Inputs) -> None:
    """Put a complete candidate in the place of the one that stands.

    A stamp names the very file it speaks of. That of the new one is there before it, so a stop at
    any moment leaves a candidate and its own stamp.
    """
    stamp, following = _stamps(workspace)
    _write(following, complete, built_from)
    complete.replace(workspace.candidate)
    following.replace(stamp)


def _write(stamp: Path, candidate: Path, built_from: Inputs) -> None:
    part = stamp.with_suffix(".tmp")
    content = {"candidate": _identity(candidate), "inputs": asdict(built_from)}
    part.write_text(json.dumps(content), encoding="utf-8")
    part.replace(stamp)


def remove_stamp(workspace: Workspace) -> None:
    """Before the candidate is touched: what is there is no longer complete."""
    for stamp in _stamps(workspace):
        stamp.unlink(missing_ok=True)


def stamped(workspace: Workspace) -> Inputs | None:
    """What the candidate that stands was built from; None when none is complete."""
    if not workspace.candidate.is_file():
        return None
    for stamp in _stamps(workspace):
        if not stamp.is_file():
            continue
        content = json.loads(stamp.read_text(encoding="utf-8"))
        if content.get("candidate") == _identity(workspace.candidate):
            return Inputs(**content["inputs"])
    return None


def is_current(workspace: Workspace, settings: Settings) -> bool:
    """True when a complete candidate stands on exactly these inputs."""
    return stamped(workspace) == inputs(workspace, settings)
