"""A delivery directory into the lake: what is new, changed, moved, gone, refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from etl.contracts.models import Contract
from etl.contracts.registry import contracts
from etl.delivery.declaration import (
    Declaration,
    check_replaced,
    read_declaration,
    record,
    recorded,
)
from etl.delivery.inventory import Entry, Inventory, delivery_root, take
from etl.delivery.names import FORMS, parse
from etl.errors import SndsOmopError
from etl.faults import RESOURCES
from etl.loaders.blocks import content_hash
from etl.loaders.expectations import broken, cut_by_a_spreadsheet, in_doubt, unmet
from etl.loaders.generation import settle
from etl.loaders.lake import (
    Incoming,
    clean_leftovers,
    has_schema,
    is_whole,
    resources_reported,
    write_empty_tables,
)
from etl.loaders.linkage import keep_linkage, read_areas, read_crosswalks
from etl.loaders.load import (
    Limits,
    Numbering,
    RoomExceededError,
    contract_mark,
    load_file,
    settings_mark,
)
from etl.loaders.manifest import Delivery, OtherFile, StagedFile
from etl.loaders.pseudonyms import extend_exclusions, named_in, note_pairs, read_pairs
from etl.loaders.replacement import Run, check_covered, former_root, replace_delivery
from etl.loaders.report import FileOutcome, StageReport, notices, outcome, refusal, unloaded
from etl.loaders.screening import screen
from etl.loaders.shards import Shards, remove_shards, shards_held
from etl.loaders.staging_manifest import StagingManifest
from etl.loaders.summary import write_summary
from etl.settings import Settings
from etl.workspace import Workspace

if TYPE_CHECKING:
    from etl.progress import Progress

FILE_COST = 100_000
"""What a file takes whatever its size, in bytes of reading: a delivery has hundreds of small ones,
and time left counted by size alone is short by half."""


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
        progress: receives the bytes to read, then those read.
        limits: smaller sizes, for tests.

    Returns:
        What became of every file. A refused file raises nothing: see ``StageReport.refused``.

    Raises:
        SndsOmopError: SO-102 no such directory, SO-109 no file bears the name of a table (the lake
            is then left as it is), SO-240 or SO-242 the declaration is refused, SO-243
            another delivery holds its tables and years, SO-244 it does not resemble what it
            replaces, SO-902 the disk is full (files finished before stay staged).
    """
    root = delivery_root(input_dir)
    declared = read_declaration(root, declaration)
    settle(workspace)
    check_replaced(workspace, str(root), declared)
    with resources_reported(workspace), shards_held(workspace):
        shards = Shards(workspace)
        taken = take(root, settings.input, year=year, declaration=declared)
        run = _runner(root, settings, declared, shards, progress, limits or Limits())
        former = former_root(workspace, root, declared)
        if former is not None:
            report = replace_delivery(workspace, former, taken, declared, run)
        else:
            report = _bring_in(workspace, taken, declared, run)
        remove_shards(workspace)
    return report.model_copy(update={"from_shards": shards.taken, "unfinished": shards.unfinished})


def _bring_in(
    workspace: Workspace, taken: Inventory, declared: Declaration, run: Run
) -> StageReport:
    """Stage a delivery that replaces no other one."""
    root = taken.root
    if declared.kind != "increment":
        check_covered(workspace, taken, run)
    pairs = read_pairs(root, declared.pseudonyms)
    named = named_in(workspace, pairs, "old") if not pairs.is_empty() else None
    extend_exclusions(workspace, pairs)
    read_crosswalks(root, declared.crosswalk)
    read_areas(root, declared.area)
    report = run(workspace, taken)
    record(workspace, str(root), declared)
    keep_linkage(workspace, root, declared)
    withdrawn = screen(workspace)
    joined = 0
    if named is not None:
        joined = note_pairs(workspace, named, named_in(workspace, pairs, "new"))
    return report.model_copy(update={"withdrawn": withdrawn, "pseudonyms": joined})


def _runner(
    root: Path,
    settings: Settings,
    declared: Declaration,
    shards: Shards,
    progress: Progress | None,
    limits: Limits,
) -> Run:
    """Stages files of one delivery in any workspace, and compares them with the declaration."""

    def run(workspace: Workspace, taken: Inventory) -> StageReport:
        stager = Stager(root, workspace, settings, progress, limits, shards)
        try:
            report = stager.run(taken)
        finally:
            stager.flush()
        manifest = Delivery.load(workspace.manifest)
        differences = (
            *unmet(manifest, str(root), declared),
            *broken(manifest, str(root), declared),
            *in_doubt(manifest, str(root)),
            *cut_by_a_spreadsheet(manifest, str(root), declared),
        )
        if differences:
            stager.record_differences(differences)
        return report.model_copy(update={"files": (*report.files, *differences)})

    return run


class Stager:
    """One staging of one directory."""

    def __init__(
        self,
        root: Path,
        workspace: Workspace,
        settings: Settings,
        progress: Progress | None,
        limits: Limits,
        shards: Shards | None = None,
    ) -> None:
        self._shards = shards
        self._root = root
        self._workspace = workspace
        self._settings = settings.input
        self._progress = progress
        self._limits = limits
        self._manifest = StagingManifest(workspace)
        self._label = ""

    def run(self, taken: Inventory) -> StageReport:
        loaded = taken.of("loaded")
        others = [unloaded(entry) for entry in taken.entries if entry.fate != "loaded"]
        refused = {entry.name for entry in taken.of("refused")}
        if not loaded and not refused:
            raise SndsOmopError(
                "SO-109",
                "the directory holds no table",
                "le dossier ne contient aucune table",
                where=str(self._root),
            )
        clean_leftovers(self._workspace, self._manifest.delivery)
        write_empty_tables(self._workspace)
        if self._progress:
            self._progress.total(sum(entry.size + FILE_COST for entry in loaded))
        # what a folder that cannot be opened holds is not gone
        present = {entry.name for entry in loaded} | refused
        present |= {
            file.name
            for file in self._manifest.delivery.files
            if any(file.name.startswith(f"{name}/") for name in refused)
        }
        outcomes = [*others, *self._remove_gone(present)]
        for entry in loaded:
            outcomes.append(self._look_at(entry))
            self._advance(FILE_COST)
        self._record_others(taken, outcomes)
        outcomes += self._renew_others()
        self._manifest.flush()
        write_summary(self._workspace, self._manifest.delivery)
        return StageReport(input=str(self._root), files=tuple(outcomes))

    def flush(self) -> None:
        """Write what is staged, whatever stopped the rest."""
        self._manifest.flush()

    def _record_others(self, taken: Inventory, outcomes: list[FileOutcome]) -> None:
        """Keep in the manifest what became of the files that gave no row."""
        entries = {entry.name: entry for entry in taken.entries}
        others = []
        for file in outcomes:
            fate, entry = file.fate, entries.get(file.name)
            if entry is not None and fate in ("duplicate", "refused", "set aside", "not data"):
                others.append(
                    OtherFile(
                        root=str(self._root),
                        name=file.name,
                        fate=fate,
                        code=file.code,
                        table=entry.table,
                        year=entry.year,
                        size=entry.size,
                    )
                )
        self._manifest.save(self._manifest.delivery.with_others(str(self._root), others))

    def record_differences(self, differences: Sequence[FileOutcome]) -> None:
        """Keep in the manifest the files that are not what was declared: no release has them."""
        delivery = self._manifest.delivery
        root = str(self._root)
        others = [other for other in delivery.others if other.root == root]
        others += [
            OtherFile(root=root, name=one.name, fate="refused", code=one.code)
            for one in differences
        ]
        self._manifest.save(delivery.with_others(root, others))
        write_summary(self._workspace, self._manifest.delivery)

    def _remove_gone(self, present: set[str]) -> Iterator[FileOutcome]:
        for file in self._manifest.delivery.files:
            if file.root == str(self._root) and file.name not in present:
                self._manifest.forget(file)
                yield outcome(file, "removed")

    def _look_at(self, entry: Entry) -> FileOutcome:
        known = self._manifest.at(str(entry.root), entry.name)
        self._label = entry.name
        try:
            twins = self._same_bytes(entry)
            if known in twins and self._is_current(known, entry):
                self._advance(entry.size)
                return outcome(known, "unchanged")
            twin = next((file for file in twins if file != known), None)
            if twin is not None:
                return self._known_content(entry, known, twin)
            return self._load(entry, known)
        except SndsOmopError as error:
            if error.code in RESOURCES:
                raise
            return refusal(entry.name, _contract(entry).table, error, kept=known is not None)

    def _same_bytes(self, entry: Entry) -> list[StagedFile]:
        """Staged files of the table and year with the same content; hashes when a size is the same.

        Two years may hold the same bytes (a list of establishments that did not change).
        """
        alike = self._manifest.alike(_contract(entry).table, entry.year, entry.size)
        if not alike:
            return []
        sha256 = content_hash(entry.source)
        return [file for file in alike if file.sha256 == sha256]

    def _is_current(self, file: StagedFile, entry: Entry) -> bool:
        return (
            file.year == entry.year
            and file.contract == contract_mark(_contract(entry))
            and file.forced == settings_mark(self._settings)
            and is_whole(self._workspace, file)
        )

    def _known_content(
        self, entry: Entry, known: StagedFile | None, twin: StagedFile
    ) -> FileOutcome:
        """A file whose bytes are staged already: its directory moved, or it is there twice."""
        self._advance(entry.size)
        moved = known is None and twin.name == entry.name and not twin.path.exists()
        if not moved:
            if known is not None:
                self._manifest.forget(known)
            same_file = SndsOmopError(
                "SO-209", f"{twin.name} is the same file", f"{twin.name} est le même fichier"
            )
            twice = refusal(entry.name, twin.table, same_file, status="duplicate")
            other = "" if twin.root == str(entry.root) else twin.root
            return twice.model_copy(update={"staged_from": other})
        here = twin.model_copy(update={"root": str(entry.root)})
        self._manifest.save(self._manifest.delivery.with_file(here))
        if self._is_current(here, entry):
            return outcome(here, "moved")
        return self._load(entry, here)

    def _load(self, entry: Entry, known: StagedFile | None) -> FileOutcome:
        """Read a file and put its rows in place of those it gave before."""
        try:
            file, incoming = self._read(entry, known, moves=False)
        except RoomExceededError:
            file, incoming = self._read(entry, known, moves=True)
        self._manifest.replace(known, file, incoming)
        return outcome(file, "staged", notices=notices(file))

    def _read(
        self, entry: Entry, known: StagedFile | None, *, moves: bool
    ) -> tuple[StagedFile, Incoming]:
        table = _contract(entry).table

        def numbering() -> Numbering:
            return self._manifest.numbering(table, known, moves=moves)

        if self._shards and (there := self._shards.find(entry, self._settings)):
            taken_over = self._shards.take_over(there, self._workspace, numbering())
            self._advance(entry.size)
            return taken_over
        return load_file(
            entry,
            self._workspace,
            self._settings,
            numbering,
            self._limits,
            self._advance,
        )

    def _renew_others(self) -> Iterator[FileOutcome]:
        """Files of other directories, staged under a contract that changed since."""
        declared = recorded(self._workspace).by_root
        for file in self._manifest.delivery.files:
            contract = contracts()[file.table]
            if of_root := declared.get(file.root):
                contract = of_root.applied(contract)
            if file.root == str(self._root) or file.contract == contract_mark(contract):
                continue
            source = file.source
            if source.path.is_file():
                named = parse(file.name)
                yield self._look_at(
                    Entry(
                        root=Path(file.root),
                        name=file.name,
                        source=source,
                        fate="loaded",
                        contract=contract,
                        year=file.year,
                        month=file.month,
                        part=file.part,
                        form=FORMS.get(named.extension),
                        constants=named.constants,
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


def _contract(entry: Entry) -> Contract:
    if entry.contract is None:
        raise AssertionError("an entry to load has a contract")
    return entry.contract
