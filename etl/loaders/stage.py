"""A delivery directory into the lake: what is new, changed, moved, gone, refused."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from etl.contracts.registry import contracts, split_extension
from etl.delivery.declaration import check_replaced, read_declaration, record
from etl.errors import SndsOmopError
from etl.loaders.blocks import content_hash
from etl.loaders.discover import Candidate, discover
from etl.loaders.expectations import unmet
from etl.loaders.lake import (
    INCOMING,
    Incoming,
    clean_leftovers,
    has_schema,
    is_whole,
    write_empty_tables,
)
from etl.loaders.load import (
    Limits,
    RoomExceededError,
    contract_mark,
    load_file,
    settings_mark,
)
from etl.loaders.manifest import Delivery, StagedFile
from etl.loaders.report import FileOutcome, StageReport, notices, outcome, refusal
from etl.loaders.standing import Standing
from etl.loaders.summary import write_summary
from etl.settings import Settings
from etl.workspace import Workspace

if TYPE_CHECKING:
    from etl.progress import Progress


def stage(
    input_dir: Path,
    workspace: Workspace,
    settings: Settings,
    *,
    year: int | None = None,
    declaration: Path | None = None,
    progress: Progress | None = None,
    limits: Limits | None = None,
) -> StageReport:
    """Bring the lake in line with a delivery directory.

    Files whose bytes and contract did not change are left alone; a changed file replaces its rows
    and keeps its number; the rows of a file that left the directory leave the lake. Other
    directories staged before stay. The caller holds the workspace's lock.

    Args:
        year: year of the files whose name holds a literal ``aa``.
        declaration: read in place of the folder's ``delivery.toml``.
        progress: told the bytes to read, then those read.
        limits: smaller sizes, for tests.

    Returns:
        What became of every file. A refused file raises nothing: see ``StageReport.refused``.

    Raises:
        SndsOmopError: SO-102 no such directory, SO-109 no file bears the name of a table (the lake
            is then left as it is), SO-240 or SO-242 the declaration is refused, SO-902 the disk is
            full (files finished before stay staged).
    """
    if not input_dir.is_dir():
        raise SndsOmopError(
            "SO-102",
            "it does not exist or is no directory",
            "il n'existe pas, ou ce n'est pas un dossier",
            where=str(input_dir),
        )
    root = input_dir.resolve()
    declared = read_declaration(root, declaration)
    check_replaced(workspace, str(root), declared)
    with full_disk_told(workspace):
        stager = _Stager(root, workspace, settings, progress, limits or Limits())
        try:
            report = stager.run(year)
        finally:
            stager.flush()
        record(workspace, str(root), declared)
    differences = tuple(unmet(Delivery.load(workspace.manifest), str(root), declared))
    return report.model_copy(update={"files": (*report.files, *differences)})


class _Stager:
    """One staging of one directory."""

    def __init__(
        self,
        root: Path,
        workspace: Workspace,
        settings: Settings,
        progress: Progress | None,
        limits: Limits,
    ) -> None:
        self._root = root
        self._workspace = workspace
        self._settings = settings.input
        self._progress = progress
        self._limits = limits
        self._standing = Standing(workspace)
        self._label = ""

    def run(self, year: int | None) -> StageReport:
        found = discover(self._root, self._settings, year)
        refused = {other.name for other in found.others if other.status == "refused"}
        if not found.candidates and not refused:
            raise SndsOmopError(
                "SO-109",
                "the directory holds no table",
                "le dossier ne contient aucune table",
                where=str(self._root),
            )
        clean_leftovers(self._workspace, self._standing.delivery)
        write_empty_tables(self._workspace)
        if self._progress:
            self._progress.total(sum(candidate.size for candidate in found.candidates))
        # what a folder that cannot be opened holds is not gone
        present = {candidate.name for candidate in found.candidates} | refused
        present |= {
            file.name
            for file in self._standing.delivery.files
            if any(file.name.startswith(f"{name}/") for name in refused)
        }
        outcomes = [*found.others, *self._remove_gone(present)]
        outcomes += [self._look_at(candidate) for candidate in found.candidates]
        outcomes += self._renew_others()
        self._standing.flush()
        write_summary(self._workspace, self._standing.delivery)
        return StageReport(input=str(self._root), files=tuple(outcomes))

    def flush(self) -> None:
        """Write what is staged, whatever stopped the rest."""
        self._standing.flush()

    def _remove_gone(self, present: set[str]) -> Iterator[FileOutcome]:
        for file in self._standing.delivery.files:
            if file.root == str(self._root) and file.name not in present:
                self._standing.forget(file)
                yield outcome(file, "removed")

    def _look_at(self, candidate: Candidate) -> FileOutcome:
        known = self._standing.at(str(candidate.root), candidate.name)
        self._label = candidate.name
        try:
            twins = self._same_bytes(candidate)
            if known in twins and self._is_current(known, candidate):
                self._advance(candidate.size)
                return outcome(known, "unchanged")
            twin = next((file for file in twins if file != known), None)
            if twin is not None:
                return self._known_content(candidate, known, twin)
            return self._load(candidate, known)
        except SndsOmopError as error:
            if error.code == "SO-902":
                raise
            return refusal(candidate.name, candidate.contract.table, error, kept=known is not None)

    def _same_bytes(self, candidate: Candidate) -> list[StagedFile]:
        """Staged files of the table and year with the same content; hashes when a size is the same.

        Two years may hold the same bytes (a list of establishments that did not change).
        """
        table, year = candidate.contract.table, candidate.year
        alike = self._standing.alike(table, year, candidate.size)
        if not alike:
            return []
        sha256 = content_hash(candidate.path)
        return [file for file in alike if file.sha256 == sha256]

    def _is_current(self, file: StagedFile, candidate: Candidate) -> bool:
        return (
            file.year == candidate.year
            and file.contract == contract_mark(candidate.contract)
            and file.forced == settings_mark(self._settings)
            and is_whole(self._workspace, file)
        )

    def _known_content(
        self, candidate: Candidate, known: StagedFile | None, twin: StagedFile
    ) -> FileOutcome:
        """A file whose bytes are staged already: its directory moved, or it is there twice."""
        self._advance(candidate.size)
        moved = known is None and twin.name == candidate.name and not twin.path.exists()
        if not moved:
            if known is not None:
                self._standing.forget(known)
            same_file = SndsOmopError(
                "SO-209", f"{twin.name} is the same file", f"{twin.name} est le même fichier"
            )
            return refusal(candidate.name, twin.table, same_file, status="duplicate")
        here = twin.model_copy(update={"root": str(candidate.root)})
        self._standing.save(self._standing.delivery.with_file(here))
        if self._is_current(here, candidate):
            return outcome(here, "moved")
        return self._load(candidate, here)

    def _load(self, candidate: Candidate, known: StagedFile | None) -> FileOutcome:
        """Read a file and put its rows in place of those it gave before."""
        try:
            file, incoming = self._read(candidate, known, moves=False)
        except RoomExceededError:
            file, incoming = self._read(candidate, known, moves=True)
        self._standing.replace(known, file, incoming)
        return outcome(file, "staged", notices=notices(file))

    def _read(
        self, candidate: Candidate, known: StagedFile | None, *, moves: bool
    ) -> tuple[StagedFile, Incoming]:
        return load_file(
            candidate,
            self._workspace,
            self._settings,
            lambda: self._standing.numbering(candidate.contract.table, known, moves=moves),
            self._limits,
            self._advance,
        )

    def _renew_others(self) -> Iterator[FileOutcome]:
        """Files of other directories, staged under a contract that changed since."""
        for file in self._standing.delivery.files:
            contract = contracts()[file.table]
            if file.root == str(self._root) or file.contract == contract_mark(contract):
                continue
            path = file.path
            if path.is_file():
                extension = (split_extension(path.name) or ("", ""))[1]
                yield self._look_at(
                    Candidate(
                        Path(file.root), path, file.name, contract, file.year, extension, file.size
                    )
                )
            elif not has_schema(self._workspace, file):
                error = SndsOmopError(
                    "SO-212", f"{file.root} is not there any more", f"{file.root} n'est plus là"
                )
                yield refusal(file.name, file.table, error)

    def _advance(self, amount: int) -> None:
        if self._progress:
            self._progress.advance(amount, self._label)


@contextmanager
def full_disk_told(workspace: Workspace) -> Iterator[None]:
    """Turn every way to say that the disk is full into SO-902."""
    try:
        yield
    except (OSError, pl.exceptions.PolarsError) as error:
        full = getattr(error, "errno", None) == errno.ENOSPC or "os error 28" in str(error)
        if not full:
            raise
        shutil.rmtree(workspace.lake / INCOMING, ignore_errors=True)
        raise SndsOmopError(
            "SO-902", "staging stopped", "le chargement s'est arrêté", where=str(workspace.root)
        ) from error
