"""All paths of a workspace, in one place (DESIGN §5)."""

from __future__ import annotations

import fcntl
import glob
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from etl.clauses import of_system
from etl.errors import SndsOmopError
from etl.faults import RESOURCES, as_error

RESTRICTED = 0o700


def pattern(folder: Path, *names: str) -> str:
    """A pattern of files below a folder, in which ``[``, ``*`` and ``?`` of its own name are plain.

    DuckDB, Python and Spark read it alike.
    """
    return "/".join([glob.escape(str(folder)), *names])


@dataclass(frozen=True, slots=True)
class Workspace:
    """Paths below one root. Nothing is created until :meth:`create` is called."""

    root: Path

    @property
    def lake(self) -> Path:
        """Typed Parquet, ``<product>/<table>/f<number>/part-*.parquet``."""
        return self.root / "lake"

    @property
    def vocabulary(self) -> Path:
        """CDM vocabulary tables and resolution tables as Parquet: leads to a snapshot."""
        return self.lake / "vocabulary"

    @property
    def snapshots(self) -> Path:
        """Vocabularies by the address of their content."""
        return self.root / "vocabulary"

    @property
    def quarantine(self) -> Path:
        return self.root / "quarantine"

    @property
    def shards(self) -> Path:
        """Rows that wait to become part of the lake (:mod:`etl.loaders.shards`)."""
        return self.root / "shards"

    @property
    def state(self) -> Path:
        """Delivery manifest and person registry: restricted."""
        return self.root / "state"

    @property
    def manifest(self) -> Path:
        return self.state / "delivery.json"

    @property
    def registry(self) -> Path:
        """Person registry: a DuckDB file, the only place where pseudonyms meet person ids."""
        return self.state / "registry.duckdb"

    @property
    def build(self) -> Path:
        return self.root / "build"

    @property
    def candidate(self) -> Path:
        return self.build / "candidate.duckdb"

    @property
    def logs(self) -> Path:
        """One file per command (:mod:`etl.command_log`)."""
        return self.root / "logs"

    @property
    def quality(self) -> Path:
        return self.root / "quality"

    @property
    def timelines(self) -> Path:
        """Pages of single persons: restricted."""
        return self.root / "timelines"

    @property
    def releases(self) -> Path:
        return self.root / "releases"

    @property
    def current(self) -> Path:
        """Symbolic link to the release in use."""
        return self.releases / "current"

    def create(self) -> None:
        """Make the folders, private to the owner.

        Raises:
            SndsOmopError: SO-103 when the workspace cannot be written.
        """
        os.umask(0o077)
        try:
            for folder in (
                self.root,
                self.lake,
                self.snapshots,
                self.quarantine,
                self.state,
                self.build,
                self.quality,
                self.releases,
            ):
                folder.mkdir(parents=True, exist_ok=True)
            for folder in (self.lake, self.quarantine, self.state):
                folder.chmod(RESTRICTED)
            probe = self.state / f".probe-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            lacking = as_error(error)
            if lacking is not None and lacking.code in RESOURCES:
                raise lacking from error
            raise SndsOmopError("SO-103", *of_system(error), where=str(self.root)) from error

    def require_readable_path(self) -> None:
        """Refuse a path in which dbt would look for another file than the candidate.

        dbt-duckdb reads it as an address, of which ``#`` and ``?`` begin other parts.

        Raises:
            SndsOmopError: SO-103.
        """
        if {"#", "?"} & {*str(self.candidate.absolute())}:
            raise SndsOmopError(
                "SO-103",
                "its path holds # or ?, which dbt takes for marks of an address",
                "son chemin contient # ou ?, que dbt prend pour des signes d'une adresse",
                where=str(self.root),
            )

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the workspace for one writing command; the lock dies with the process.

        Raises:
            SndsOmopError: SO-111 when another command holds it.
        """
        is_new = not self.root.exists()
        try:
            with self._held():
                yield
        except BaseException:
            if is_new:
                self._remove_if_unused()
            raise

    def _remove_if_unused(self) -> None:
        """A command that failed at once leaves no empty workspace behind."""
        unused = {self.state / ".lock", *self.logs.glob("*.jsonl")}
        if not any(path not in unused for path in self.root.rglob("*") if not path.is_dir()):
            shutil.rmtree(self.root, ignore_errors=True)

    @contextmanager
    def _held(self) -> Iterator[None]:
        self.create()
        with (self.state / ".lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                # Its number is also that of a machine without memory for a thread: no cause.
                raise SndsOmopError(
                    "SO-111",
                    "it is being written",
                    "il est en cours d'écriture",
                    where=str(self.root),
                ) from None
            yield
