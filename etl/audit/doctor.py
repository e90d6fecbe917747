"""What `snds-omop doctor` looks at."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sys
from dataclasses import asdict, dataclass

from etl.contracts.registry import contracts
from etl.errors import SndsOmopError
from etl.resources import dbt_project_dir
from etl.settings import Settings
from etl.workspace import Workspace

PACKAGES = ("dbt-core", "dbt-duckdb", "duckdb", "polars", "sqlalchemy", "great-expectations")
FREE_BYTES = 5 * 1024**3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at, and whether it is as it should be."""

    subject: str
    detail: str
    is_good: bool

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def examine(workspace: Workspace, settings: Settings) -> list[Finding]:
    """Look at the machine, the installation, the workspace and the vocabulary."""
    return [
        Finding("python", sys.version.split()[0], sys.version_info >= (3, 11)),
        *(_package(name) for name in PACKAGES),
        _import_names(),
        Finding(
            "dbt project", str(dbt_project_dir()), (dbt_project_dir() / "dbt_project.yml").is_file()
        ),
        Finding("contracts", f"{len(contracts())} SNDS tables", bool(contracts())),
        _workspace(workspace),
        _disk(workspace),
        _cores(settings),
        _vocabulary(workspace),
    ]


def _package(name: str) -> Finding:
    try:
        return Finding(name, importlib.metadata.version(name), is_good=True)
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, "not installed", is_good=False)


def _import_names() -> Finding:
    """`etl` is a common name: another distribution must not own it too."""
    owners = set(importlib.metadata.packages_distributions().get("etl", ["snds-omop"]))
    return Finding("import name `etl`", ", ".join(sorted(owners)), owners <= {"snds-omop"})


def _workspace(workspace: Workspace) -> Finding:
    try:
        workspace.create()
    except SndsOmopError as error:
        return Finding("workspace", error.line(), is_good=False)
    return Finding("workspace", f"{workspace.root} can be written", is_good=True)


def _disk(workspace: Workspace) -> Finding:
    folder = workspace.root
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return Finding("free disk", f"{free / 1024**3:.0f} GiB", free >= FREE_BYTES)


def _cores(settings: Settings) -> Finding:
    cores = os.cpu_count() or 1
    threads = settings.engine.threads
    return Finding(
        "threads", f"{threads} of {cores} cores, {settings.engine.memory_limit}", threads <= cores
    )


def _vocabulary(workspace: Workspace) -> Finding:
    from etl.vocabulary import loaded_version

    version = loaded_version(workspace)
    if version is None:
        return Finding("vocabulary", "none loaded: `run` takes the demo one", is_good=True)
    kind = "demo, not for analysis" if version.is_demo else "from a bundle"
    return Finding("vocabulary", f"{version.vocabulary_version} ({kind})", is_good=True)
