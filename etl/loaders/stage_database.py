"""Tables of a database into the lake, one flux month after the other."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from etl.clauses import Clause
from etl.contracts.models import Contract
from etl.contracts.registry import recognise_table
from etl.errors import SndsOmopError
from etl.faults import RESOURCES
from etl.loaders.database import Database, DatabaseTable, Part, PartReader
from etl.loaders.generation import settle
from etl.loaders.lake import (
    Incoming,
    clean_leftovers,
    is_whole,
    resources_reported,
    write_empty_tables,
)
from etl.loaders.load import (
    Origin,
    RoomExceededError,
    contract_mark,
    decided,
    load_rows,
    settings_mark,
)
from etl.loaders.manifest import StagedFile
from etl.loaders.report import FileOutcome, StageReport, notices, outcome, refusal
from etl.loaders.screening import screen
from etl.loaders.staging_manifest import StagingManifest
from etl.loaders.summary import write_summary
from etl.settings import Settings
from etl.workspace import Workspace

if TYPE_CHECKING:
    from etl.progress import Progress


def stage_database(
    url: str,
    workspace: Workspace,
    settings: Settings,
    *,
    tables: Sequence[str] = (),
    schema: str | None = None,
    year: int | None = None,
    again: bool = False,
    progress: Progress | None = None,
) -> StageReport:
    """Bring the lake in line with tables of a database.

    A flux month, or a yearly table of hospitals, that is staged with as many rows as the database
    counts is left alone: the SNDS does not rewrite them. Other tables are read again and replaced
    when a row changed. What was finished before an interruption is kept. Tables that are not asked
    for stay as they are. The caller holds the workspace's lock.

    Args:
        url: ``postgresql://…`` or ``oracle://…``; nothing of its password is kept or shown.
        tables: names; ``T_MCO19B`` is one table, ``T_MCOaaB`` and ``ER_PRS_F`` are all years and
            archives of it; none means all that a contract knows.
        schema: owner of the tables; none means that of the connection.
        year: year of the tables whose name holds a literal ``aa``.
        again: read also what need not be read again.

    Raises:
        SndsOmopError: SO-110 no driver, SO-115 the database refused, SO-118 it has not what is
            asked, SO-902 the disk is full.
    """
    settle(workspace)
    database = Database(url, schema, settings.input.timezone)
    with resources_reported(workspace):
        stager = _Stager(database, workspace, settings, progress, again=again)
        try:
            report = stager.run(tables, year)
        finally:
            stager.flush()
        withdrawn = screen(workspace)
    return report.model_copy(update={"withdrawn": withdrawn})


class _Stager:
    """One staging of one database."""

    def __init__(
        self,
        database: Database,
        workspace: Workspace,
        settings: Settings,
        progress: Progress | None,
        *,
        again: bool,
    ) -> None:
        self._database = database
        self._workspace = workspace
        self._settings = settings.input
        self._progress = progress
        self._again = again
        self._manifest = StagingManifest(workspace)

    def run(self, names: Sequence[str], year: int | None) -> StageReport:
        tables = list(self._tables(names, year))
        clean_leftovers(self._workspace, self._manifest.delivery)
        write_empty_tables(self._workspace)
        outcomes: list[FileOutcome] = []
        parts: list[Part] = []
        for table in sorted(tables, key=lambda t: (t.contract.number, t.name)):
            try:
                table.layout()
            except SndsOmopError as error:
                outcomes.append(refusal(f"db:{table.name}", table.contract.table, error))
                continue
            found = self._database.parts(table)
            outcomes += self._remove_gone(table, found)
            parts += found
        if self._progress:
            self._progress.total(sum(part.rows for part in parts))
        outcomes += [self._look_at(part) for part in parts]
        self._manifest.flush()
        write_summary(self._workspace, self._manifest.delivery)
        return StageReport(input=self._database.root, files=tuple(outcomes))

    def _tables(self, names: Sequence[str], year: int | None) -> Iterator[DatabaseTable]:
        """The tables asked for; all those that bear the name of an SNDS table when none is."""
        there = {name.upper(): name for name in self._database.names()}
        known = {name: found for name in there if (found := recognise_table(name))}
        wanted = [each for name in names for each in _meant(name, known)] or list(known)
        if not wanted:
            raise SndsOmopError(
                "SO-118",
                "the schema holds no SNDS table",
                "le schéma ne contient aucune table du SNDS",
            )
        for name in dict.fromkeys(wanted):
            contract, its_year = known[name]
            if contract.is_yearly and (its_year or year) is None:
                raise SndsOmopError(
                    "SO-112",
                    f"{contract.table} is one table a year",
                    f"{contract.table} est une table par an",
                    where=name,
                )
            of_year = its_year or (year if contract.is_yearly else None)
            columns = self._database.columns(there[name])
            yield DatabaseTable(there[name], self._database.schema, contract, of_year, columns)

    def _remove_gone(self, table: DatabaseTable, parts: Sequence[Part]) -> Iterator[FileOutcome]:
        """Months that the database does not hold any more."""
        here = {part.name for part in parts}
        whole = Part(table, 0).name
        for file in self._manifest.delivery.of_table(table.contract.table):
            mine = file.name == whole or file.name.startswith(f"{whole}/")
            if file.root == self._database.root and mine and file.name not in here:
                self._manifest.forget(file)
                yield outcome(file, "removed")

    def _look_at(self, part: Part) -> FileOutcome:
        known = self._manifest.at(self._database.root, part.name)
        same = known if known is not None and self._is_current(known, part) else None
        if same and part.is_sealed and not self._again and same.rows_read == part.rows:
            self._advance(part, part.rows)
            return outcome(same, "unchanged")
        table = part.table
        origin = Origin(self._database.root, part.name, table.contract, table.year, time.time_ns())
        try:
            try:
                file, incoming = self._read(origin, part, known, moves=False)
            except RoomExceededError:
                file, incoming = self._read(origin, part, known, moves=True)
        except SndsOmopError as error:
            if error.code == "SO-115" or error.code in RESOURCES:
                raise
            return refusal(part.name, table.contract.table, error, kept=known is not None)
        if same and same.sha256 == file.sha256:
            incoming.discard()
            return outcome(same, "unchanged")
        self._manifest.replace(known, file, incoming)
        return outcome(file, "staged", notices=notices(file))

    def _read(
        self, origin: Origin, part: Part, known: StagedFile | None, *, moves: bool
    ) -> tuple[StagedFile, Incoming]:
        return decided(
            lambda conventions: load_rows(
                origin,
                PartReader(self._database, part, lambda rows: self._advance(part, rows)),
                self._workspace,
                self._settings,
                self._manifest.numbering(origin.contract.table, known, moves=moves),
                conventions,
            )
        )

    def flush(self) -> None:
        """Write what is staged, whatever stopped the rest."""
        self._manifest.flush()

    def _is_current(self, file: StagedFile, part: Part) -> bool:
        return (
            file.year == part.table.year
            and file.contract == contract_mark(part.table.contract)
            and file.forced == settings_mark(self._settings)
            and is_whole(self._workspace, file)
        )

    def _advance(self, part: Part, rows: int) -> None:
        if self._progress:
            self._progress.advance(rows, part.name)


def _meant(name: str, known: Mapping[str, tuple[Contract, int | None]]) -> list[str]:
    """The table of that name; all years and archives when it is the name of a contract."""
    asked = name.upper()
    every = [real for real, (contract, _) in known.items() if contract.table.upper() == asked]
    if every or asked in known:
        return every or [asked]
    if recognise_table(asked):
        detail = Clause("no such table or view", "aucune table ni vue de ce nom")
    else:
        detail = Clause("it is no SNDS table", "ce n'est pas une table du SNDS")
    raise SndsOmopError("SO-118", *detail, where=name)
