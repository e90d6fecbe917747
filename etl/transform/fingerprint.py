"""What a candidate was built from, so that `run` does not build the same thing twice."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from etl.resources import dbt_project_dir, mappings_dir
from etl.settings import Settings
from etl.workspace import Workspace

_PARTS = ("models/**/*.sql", "models/**/*.yml", "macros/**/*.sql", "dbt_project.yml")


def inputs_fingerprint(workspace: Workspace, settings: Settings) -> str:
    """SHA-256 over everything that decides the candidate: delivery, vocabulary, settings, SQL."""
    digest = hashlib.sha256()
    digest.update(workspace.manifest.read_bytes())
    for path in sorted(workspace.vocabulary.glob("*.parquet")):
        stat = path.stat()
        digest.update(f"{path.name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    digest.update(settings.model_dump_json().encode())
    project = dbt_project_dir()
    sources = [path for pattern in _PARTS for path in project.glob(pattern)]
    for path in sorted(
        [*sources, *mappings_dir().glob("rules/*.csv"), *mappings_dir().glob("exceptions/*.csv")]
    ):
        digest.update(path.relative_to(project.parent).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _stamp(workspace: Workspace) -> Path:
    return workspace.build / "candidate.json"


def write_stamp(workspace: Workspace, settings: Settings) -> None:
    """Say that the candidate is complete, and from what it was built."""
    stat = workspace.candidate.stat()
    content = {"inputs": inputs_fingerprint(workspace, settings), "bytes": stat.st_size}
    part = _stamp(workspace).with_suffix(".tmp")
    part.write_text(json.dumps(content), encoding="utf-8")
    part.replace(_stamp(workspace))


def remove_stamp(workspace: Workspace) -> None:
    """Before the candidate is touched: what is there is no longer complete."""
    _stamp(workspace).unlink(missing_ok=True)


def is_current(workspace: Workspace, settings: Settings) -> bool:
    """True when a complete candidate stands on exactly these inputs."""
    stamp = _stamp(workspace)
    if not stamp.is_file() or not workspace.candidate.is_file():
        return False
    content = json.loads(stamp.read_text(encoding="utf-8"))
    return bool(content["inputs"] == inputs_fingerprint(workspace, settings))
