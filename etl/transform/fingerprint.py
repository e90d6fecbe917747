"""What a candidate was built from: the same is not built twice."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

import duckdb

from etl import __version__, unchanged
from etl.delivery.declaration import recorded
from etl.loaders.linkage import AREAS, CROSSWALKS
from etl.loaders.manifest import Delivery, StagedFile
from etl.resources import dbt_project_dir, mappings_dir
from etl.settings import Settings
from etl.workspace import Workspace

# No schema that a release is made from.
_STAMP = "main.built_from"
_PARTS = ("models/**/*.sql", "models/**/*.yml", "macros/**/*.sql", "dbt_project.yml")


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
    content = file.model_dump_json(exclude={"root", "modified", "screened"})
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
    for name in (CROSSWALKS, AREAS):
        if (path := workspace.state / name).is_file():
            digest.update(path.read_bytes())
    declared = recorded(workspace)
    digest.update(f"{declared.population} {declared.fraction}\n".encode())
    project = dbt_project_dir()
    sources = {path for pattern in _PARTS for path in project.glob(pattern)}
    for path in sorted(
        [*sources, *mappings_dir().glob("rules/*.csv"), *mappings_dir().glob("exceptions/*.csv")]
    ):
        digest.update(path.relative_to(project.parent).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def write_stamp(candidate: duckdb.DuckDBPyConnection, built_from: Inputs) -> None:
    """Record in the candidate itself that it is complete, and from what it was built."""
    candidate.execute(f"create or replace table {_STAMP} (inputs text)")
    candidate.execute(f"insert into {_STAMP} values (?)", [json.dumps(asdict(built_from))])  # noqa: S608


def remove_stamp(workspace: Workspace) -> None:
    """Before the candidate is touched: what is there is no longer complete."""
    unchanged.forget(workspace)
    if stamped(workspace) is not None:
        with duckdb.connect(str(workspace.candidate)) as candidate:
            candidate.execute(f"drop table {_STAMP}")


def stamped(workspace: Workspace) -> Inputs | None:
    """What the candidate that stands was built from; None when none is complete."""
    if not workspace.candidate.is_file():
        return None
    try:
        with duckdb.connect(str(workspace.candidate), read_only=True) as candidate:
            found = candidate.execute(f"select inputs from {_STAMP}").fetchone()  # noqa: S608
    except duckdb.Error:
        return None
    return Inputs(**json.loads(found[0])) if found else None


def is_current(workspace: Workspace, settings: Settings) -> bool:
    """True when a complete candidate stands on exactly these inputs, compared by content.

    The answer is recorded: the next command finds it without reading a file again.
    """
    found = stamped(workspace) == inputs(workspace, settings)
    if found:
        note_current(workspace, settings)
    return found


def note_current(workspace: Workspace, settings: Settings) -> None:
    """Record what the candidate that stands was built from, for :mod:`etl.unchanged`."""
    digest = unchanged.build_digest(workspace, settings)
    unchanged.remember(workspace, "build", unchanged.Record(digest, {}))
