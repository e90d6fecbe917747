"""What `snds-omop doctor` looks at."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sys
from dataclasses import dataclass

from etl.clauses import Clause, same
from etl.contracts.registry import contracts
from etl.errors import SndsOmopError
from etl.loaders.manifest import Delivery
from etl.resources import dbt_project_dir
from etl.settings import Settings
from etl.synthetic.mark import is_synthetic
from etl.workspace import Workspace

PACKAGES = ("dbt-core", "dbt-duckdb", "duckdb", "polars", "sqlalchemy", "great-expectations")
IMPORT_NAMES = ("etl", "data_quality")
FREE_BYTES = 5 * 1024**3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at, and whether it is as it should be."""

    subject: Clause
    detail: Clause
    is_good: bool

    def as_dict(self, lang: str = "en") -> dict[str, object]:
        """For machines: the subject is a key, in English in any language."""
        return {
            "subject": self.subject.english,
            "detail": self.detail.say(lang),
            "is_good": self.is_good,
        }


def examine(workspace: Workspace, settings: Settings) -> list[Finding]:
    """Look at the machine, the installation, the workspace and the vocabulary."""
    return [
        Finding(same("python"), same(sys.version.split()[0]), sys.version_info >= (3, 11)),
        *(_package(name) for name in PACKAGES),
        _import_names(),
        Finding(
            Clause("dbt project", "projet dbt"),
            same(str(dbt_project_dir())),
            (dbt_project_dir() / "dbt_project.yml").is_file(),
        ),
        Finding(
            Clause("contracts", "contrats"),
            Clause(f"{len(contracts())} SNDS tables", f"{len(contracts())} tables du SNDS"),
            bool(contracts()),
        ),
        _workspace(workspace),
        _disk(workspace),
        _cores(settings),
        _site(workspace, settings),
        _vocabulary(workspace),
    ]


def _package(name: str) -> Finding:
    try:
        return Finding(same(name), same(importlib.metadata.version(name)), is_good=True)
    except importlib.metadata.PackageNotFoundError:
        return Finding(same(name), Clause("not installed", "n'est pas installé"), is_good=False)


def _import_names() -> Finding:
    """`etl` is a common name: another distribution must not own ours too."""
    known = importlib.metadata.packages_distributions()
    owners = {one for name in IMPORT_NAMES for one in known.get(name, ["snds-omop"])}
    return Finding(
        Clause("import names etl, data_quality", "noms d'import etl, data_quality"),
        same(", ".join(sorted(owners))),
        owners <= {"snds-omop"},
    )


def _workspace(workspace: Workspace) -> Finding:
    subject = Clause("workspace", "espace de travail")
    try:
        workspace.create()
    except SndsOmopError as error:
        return Finding(subject, Clause(error.line("en"), error.line("fr")), is_good=False)
    can = Clause(f"{workspace.root} can be written", f"{workspace.root} est inscriptible")
    return Finding(subject, can, is_good=True)


def _disk(workspace: Workspace) -> Finding:
    folder = workspace.root
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    room = Clause(f"{free / 1024**3:.0f} GiB", f"{free / 1024**3:.0f} Gio")
    return Finding(Clause("free disk", "disque libre"), room, free >= FREE_BYTES)


def _cores(settings: Settings) -> Finding:
    cores = os.cpu_count() or 1
    threads = settings.engine.threads
    memory = settings.engine.memory_limit
    spent = Clause(
        f"{threads} of {cores} cores, {memory}", f"{threads} pour {cores} cœurs, {memory}"
    )
    return Finding(Clause("threads", "fils d'exécution"), spent, threads <= cores)


def _site(workspace: Workspace, settings: Settings) -> Finding:
    """A network knows a site by these names; made-up data need none."""
    subject = Clause("names of the site", "noms du site")
    missing = settings.source.unstated()
    if not missing:
        source = settings.source
        return Finding(subject, same(f"{source.abbreviation}, {source.holder}"), is_good=True)
    names = ", ".join(f"source.{name}" for name in missing)
    text = Clause(
        f"not stated: {names} (`snds-omop init` asks for them)",
        f"non renseignés : {names} (`snds-omop init` les demande)",
    )
    files = Delivery.load(workspace.manifest)
    return Finding(subject, text, is_good=not files.files or is_synthetic(files))


def _vocabulary(workspace: Workspace) -> Finding:
    from etl.vocabulary import loaded_version

    version = loaded_version(workspace)
    if version is None:
        found = Clause(
            "none loaded: `run` takes the demo one",
            "aucun n'est chargé : `run` prend celui de démonstration",
        )
    elif version.is_demo:
        found = Clause(
            f"{version.vocabulary_version} (demo, not for analysis)",
            f"{version.vocabulary_version} (démonstration, pas pour l'analyse)",
        )
    else:
        found = Clause(
            f"{version.vocabulary_version} (from a bundle)",
            f"{version.vocabulary_version} (issu d'un lot)",
        )
    return Finding(Clause("vocabulary", "vocabulaire"), found, is_good=True)
